//! Who may be in memory and in work at once.

use crate::studio::{Company, Studio, Work};
use futures_util::FutureExt;
use imaging::Limits;
use settings::Settings;

fn studio() -> Studio {
    let settings = settings::ImageResize {
        concurrency: 2,
        concurrency_renders: 1,
        ..Settings::default().image_resize
    };
    Studio::new(Limits::default(), &settings).unwrap()
}

#[test]
fn one_upload_is_read_while_the_others_are_in_work() {
    let studio = studio();
    let place = || studio.place(Work::Upload, Company::Others).now_or_never();
    let [one, _two, _three] = [(); 3].map(|()| place().unwrap().unwrap());
    assert!(place().is_none());
    let render = || studio.place(Work::Render, Company::Others).now_or_never();
    let _render = render().unwrap().unwrap();
    assert!(render().is_none());
    drop(one);
    assert!(place().is_some());
}

#[test]
fn who_is_to_be_alone_waits_for_the_others_and_they_wait_then() {
    let studio = studio();
    let place = |company| studio.place(Work::Upload, company).now_or_never();
    let other = place(Company::Others).unwrap().unwrap();
    assert!(place(Company::Nobody).is_none());
    drop(other);
    let alone = place(Company::Nobody).unwrap().unwrap();
    assert!(place(Company::Others).is_none());
    drop(alone);
    assert!(place(Company::Others).is_some());
}
