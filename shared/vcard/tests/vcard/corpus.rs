//! Cards in the manner of those who write them.

/// Name of the producer, and a card of its kind.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    let crlf = |text: &str| text.replace('\n', "\r\n").into_bytes();
    vec![
        ("phone with labels", crlf(IOS)),
        ("web address book", crlf(WEB)),
        ("android, 2.1", crlf(ANDROID)),
        ("office, 2.1", crlf(OFFICE)),
        ("old phone, 2.1", LATIN1.to_vec()),
        ("groupware, 4.0", crlf(GROUPWARE)),
        ("desktop, LF", DESKTOP.as_bytes().to_vec()),
        ("router", crlf(ROUTER)),
        ("bare CR", DESKTOP.replace('\n', "\r").into_bytes()),
        ("UTF-16", wide(OFFICE)),
        ("nested agent", crlf(AGENT)),
        ("spec-like 4.0", crlf(FOUR)),
        ("with mark and odd lines", ODD.to_vec()),
    ]
}

pub const IOS: &str = "BEGIN:VCARD
VERSION:3.0
PRODID:-//Apple Inc.//iPhone OS 17.4//EN
N:Müller;Jörg;Karl,Heinz;Dr.;Jr.
FN:Dr. Jörg Müller
NICKNAME:Jo
ORG:Beispiel GmbH;Einkauf;
TITLE:Leiter
EMAIL;type=INTERNET;type=WORK;type=pref:jm@beispiel.example
item1.EMAIL;type=INTERNET:alt@beispiel.example
item1.X-ABLabel:_$!<Other>!$_
TEL;type=CELL;type=VOICE;type=pref:+49 170 1234567
item2.TEL:+49 30 7654321
item2.X-ABLabel:Ferienhaus
item3.TEL:+49 30 1112223
item3.X-ABLabel:_$!<HomeFAX>!$_
item4.ADR;type=HOME;type=pref:;;Hauptstr. 5\\nHinterhaus;Berlin;;10115;Deutschland
item4.X-ABADR:de
item5.URL;type=pref:https\\://beispiel.example/a,b
item5.X-ABLabel:_$!<HomePage>!$_
BDAY;X-APPLE-OMIT-YEAR=1604:1604-12-10
item6.X-ABDATE;type=pref:2001-06-30
item6.X-ABLabel:_$!<Anniversary>!$_
NOTE:Zeile 1\\nZeile 2\\, mit Komma
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQg
 KDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/
X-SOCIALPROFILE;type=twitter:http://twitter.example/jo
UID:5F1C3A52-5B0A-4C7E-9E55-000000000001
REV:2026-01-02T03:04:05Z
END:VCARD
";

pub const WEB: &str = "BEGIN:VCARD
VERSION:3.0
FN:Zoë & Söhne
N:;;;;
ORG:Zoë & Söhne\\, Inc.
item1.TEL:0301234567
item1.X-ABLabel:Lager
TEL;TYPE=WORK:+1 202 555 0173
TEL;TYPE=HOME;TYPE=FAX:+1 202 555 0174
EMAIL;TYPE=INTERNET;TYPE=HOME:zoe@example.com
ADR;TYPE=WORK:PO Box 7;Suite 4;1 Main St, Rear;Springfield;IL;62701;USA
CATEGORIES:myContacts,Friends
X-PHONETIC-LAST-NAME:So-ne
END:VCARD
";

pub const ANDROID: &str = "BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=98=D0=B2=D0=B0=D0=BD=D0=BE=D0=B2=
;=D0=98=D0=B2=D0=B0=D0=BD;;;
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=98=D0=B2=D0=B0=D0=BD=20=D0=98=D0=
=B2=D0=B0=D0=BD=D0=BE=D0=B2
TEL;CELL;PREF:+7 495 123-45-67
TEL;X-Dacha:+7 495 765-43-21
EMAIL;HOME:ivan@example.com
X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Vanya;1;;;;;;;;;;;;;
NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0Atwo=3B three
PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQg
 KDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/

END:VCARD
";

pub const OFFICE: &str = "BEGIN:VCARD
VERSION:2.1
N;LANGUAGE=de;CHARSET=Windows-1252:Grün;Eva;M.;Frau
FN;CHARSET=Windows-1252:Eva Grün
ORG:Example AG;Vertrieb
TITLE:Leiterin
TEL;WORK;VOICE:+49 (40) 1234-5
TEL;WORK;FAX:+49 (40) 1234-6
ADR;WORK;PREF;ENCODING=QUOTED-PRINTABLE:;;Gro=DFe Stra=DFe 1=0D=0A2. Stock;Hamburg;;20095;Deutschland
LABEL;WORK;PREF;ENCODING=QUOTED-PRINTABLE:Gro=DFe Stra=DFe 1=0D=0A=
20095 Hamburg
X-MS-OL-DEFAULT-POSTAL-ADDRESS:2
URL;WORK:http://www.example.de
BDAY:19700229
EMAIL;PREF;INTERNET:eva@example.de
X-MS-CARDPICTURE;TYPE=JPEG;ENCODING=BASE64:
 /9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYI

REV:20260102T030405Z
END:VCARD
";

pub const LATIN1: &[u8] = b"BEGIN:VCARD\r\nVERSION:2.1\r\nN:M\xFCller;J\xF6rg\r\nTEL;PREF;CELL;VOICE:0170 1\r\n\
TEL;PAGER:0170 2\r\nEMAIL:j@example.com\r\nURL:www.example.com\r\nLOGO;BASE64:\r\nR0lGODdhAQABAIAAAP\r\nAAAAAAACwAAAAAAQ\r\n\r\n\
NOTE;CHARSET=ISO-8859-1:gr\xFCn\r\nEND:VCARD\r\n";

pub const GROUPWARE: &str = "BEGIN:VCARD
VERSION:4.0
PRODID:-//Example//Contacts v5//EN
UID:urn:uuid:3f0a0b5e-7a1f-4c6e-8a55-000000000002
FN:Grace Hopper
N:Hopper;Grace;Brewster;Rear Admiral;
TEL;TYPE=\"cell,voice\";VALUE=uri;PREF=1:tel:+1-202-555-0100
TEL;TYPE=work:+1 202 555 0101\\,,9
EMAIL;TYPE=home;PREF=2:grace@example.com
ADR;TYPE=home;LABEL=\"1 Navy Yard^nWashington\";PID=1.1:;;1 Navy Yard;Washington;DC;20374;USA
BDAY:19061209
ANNIVERSARY:--0615
GENDER:F
LANG;PREF=1:en
RELATED;TYPE=friend:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6
PHOTO:data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUl
 EQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
CATEGORIES:Navy,COBOL
X-NEXTCLOUD-THING;X-A=\"b;c:d\":kept
REV:20260102T030405Z
END:VCARD
";

pub const DESKTOP: &str = "BEGIN:VCARD
VERSION:4.0
N:Torvalds;Linus;;;
FN:Linus Torvalds
X-KADDRESSBOOK-X-Anniversary:1995-07-01
X-KADDRESSBOOK-X-SpousesName:T.
ORG:Example Foundation
EMAIL:l@example.org
NOTE:folded
\t with a tab\\, and
  with two spaces
KEY;MEDIATYPE=application/pgp-keys:data:application/pgp-keys;base64,AAEC
END:VCARD
";

pub const ROUTER: &str = "BEGIN:VCARD
VERSION:3.0
N:Oma;;;;
FN:Oma
TEL;TYPE=HOME,PREF:**701
TEL;TYPE=HOME:004930123456
X-QUICKDIAL:1
END:VCARD
";

pub const AGENT: &str = "BEGIN:VCARD
VERSION:2.1
N:Boss;Big
AGENT:
BEGIN:VCARD
VERSION:2.1
N:Helper;Small
TEL:123
END:VCARD
TEL;WORK:456
END:VCARD
";

pub const FOUR: &str = "begin:vcard
version:4.0
KIND:individual
fn;ALTID=1;LANGUAGE=en:Simon
fn;ALTID=1;LANGUAGE=fr:Simone
n;SORT-AS=\"Perreault,Simon\":Perreault;Simon;;;ing. jr,M.Sc.
bday:19531015T231000Z
tz:-0500
geo:geo:46.772673,-71.282945
impp:xmpp:simon@example.com
note;X-P=\"caret ^' quote ^^ and ^n line\":plain
END:vcard
";

pub const ODD: &[u8] = b"\xEF\xBB\xBFBEGIN:VCARD\nVERSION:3.0\nthis is no property\nFN:Odd\n\n:no name\n;TYPE=x:none\n\
X-QUOTE;A=\"open:value\nTEL;TYPE=\nXY:5\nTEL;TY\n PE=home:\n 1\n 2\nEND:VCARD  \n\n";

fn wide(text: &str) -> Vec<u8> {
    let text = format!("\u{FEFF}{}", text.replace('\n', "\r\n"));
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
