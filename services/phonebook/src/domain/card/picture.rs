use super::fits;
use crate::domain::photo::looks_like_a_picture;
use vcard::{Card, Photo};

/// The picture that a card holds itself, if its bytes promise to be one. What is behind an address is nobody's to fetch.
#[must_use]
pub fn picture(card: &Card) -> Option<Vec<u8>> {
    match card.photo()? {
        Photo::Inline { bytes, .. } => looks_like_a_picture(&bytes).then_some(bytes),
        Photo::Uri(_) => None,
    }
}

/// The card with this portrait in it. One that would be too large then stays as it is, for a client has to be able to
/// send back what it got.
#[must_use]
pub fn with_portrait(card: Card, portrait: Option<&Photo>) -> Card {
    let Some(portrait) = portrait else {
        return card;
    };
    let mut shown = card.clone();
    shown.set_photo(Some(portrait));
    if fits(&shown.to_bytes()) { shown } else { card }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(photo: &str) -> Card {
        let text = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\n{photo}X-A:b\r\nEND:VCARD\r\n");
        Card::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn only_bytes_that_promise_a_picture_are_one() {
        let jpeg = Some(b"\xff\xd8\xff\xe0".to_vec());
        for (photo, expected) in [
            ("", None),
            ("PHOTO;ENCODING=b;TYPE=JPEG:/9j/4A==\r\n", jpeg.clone()),
            ("PHOTO:data:image/jpeg;base64,/9j/4A==\r\n", jpeg),
            ("PHOTO;ENCODING=b;TYPE=JPEG:aGVsbG8=\r\n", None),
            ("PHOTO;ENCODING=b;TYPE=GIF:R0lGODlh\r\n", None),
            ("PHOTO;ENCODING=b;TYPE=JPEG:!\r\n", None),
            ("PHOTO;VALUE=uri:http://127.0.0.1/a.jpg\r\n", None),
        ] {
            assert_eq!(picture(&card(photo)), expected, "{photo}");
        }
    }

    #[test]
    fn a_portrait_takes_the_place_of_what_was_there_if_it_fits() {
        let portrait = |bytes: usize| Photo::Inline {
            media_type: Some("image/jpeg".into()),
            bytes: vec![0xff; bytes],
        };
        let bare = card("");
        assert_eq!(with_portrait(bare.clone(), None), bare);
        let shown = with_portrait(card("PHOTO;VALUE=uri:http://a/b\r\n"), Some(&portrait(3)));
        assert_eq!(
            shown.to_bytes(),
            card("PHOTO;TYPE=JPEG;ENCODING=b:////\r\n").to_bytes()
        );
        let large = portrait(super::super::MAX_CARD_BYTES);
        assert_eq!(with_portrait(bare.clone(), Some(&large)), bare);
    }
}
