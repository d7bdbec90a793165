use crate::{
    domain::{E164, Phone, Region, phone::NotANumber},
    routes::Config,
};
use actix_web::HttpRequest;
use web::{Fault, Faults, Params};

/// How a request wants its phone numbers read.
#[derive(Debug, Default)]
pub struct Numbers<'a> {
    /// Where numbers without `+` are dialled: said by the request.
    pub region: Option<Region>,
    /// The same, when the request says nothing.
    pub fallback: Option<Region>,
    /// Keeps what is no number, without its meaning.
    pub lenient: bool,
    /// The contact's present numbers. One that stays as it was typed keeps its meaning, whatever it was read by.
    pub known: &'a [Phone],
}

impl<'a> Numbers<'a> {
    /// Reads `region` and `lenient`.
    pub fn new(
        request: &HttpRequest,
        config: &Config,
        known: &'a [Phone],
        faults: &mut Faults,
    ) -> Self {
        let params = Params::parse(request.query_string());
        let code = params.get("region");
        let region = code.and_then(Region::parse);
        let no_region = code.is_some() && region.is_none();
        if no_region {
            let detail = "must be a country of two letters, for example DE";
            faults.add(Fault::parameter("region", detail));
        }
        Self {
            region,
            fallback: config.default_region,
            // Numbers cannot be judged without the region that they were to be read by.
            lenient: params.flag("lenient", faults) || no_region,
            known,
        }
    }

    /// The number's meaning; `None` for one that is kept without.
    pub fn read(&self, typed: &str) -> Result<Option<E164>, NotANumber> {
        let known = self.known.iter().find(|phone| phone.number == typed);
        if let Some(phone) = known.filter(|_| self.region.is_none()) {
            return Ok(phone.e164.clone());
        }
        match (E164::parse(typed, self.region.or(self.fallback)), known) {
            (Ok(number), _) => Ok(Some(number)),
            (Err(_), Some(phone)) => Ok(phone.e164.clone()),
            (Err(_), None) if self.lenient => Ok(None),
            (Err(error), None) => Err(error),
        }
    }
}
