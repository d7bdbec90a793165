//! From bytes to a tree, within limits.

use super::{
    Element, MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, MAX_NAME, MAX_TEXT, XmlError, XmlFault,
    decode::{decode, line},
    excerpt, is_xml_char,
};
use crate::PropName;
use quick_xml::{
    NsReader, XmlVersion,
    encoding::EncodingError,
    escape::{resolve_predefined_entity, unescape},
    events::{BytesDecl, BytesRef, BytesStart, Event, attributes::Attribute},
    name::{NamespaceResolver, ResolveResult},
};
use std::borrow::Cow;

type Step<T = ()> = Result<T, XmlFault>;

/// Reads the one element of a document. Nothing is fetched, declared or expanded: no DTD, no entities but the
/// predefined ones and character references.
pub(crate) fn parse(body: &[u8], max_bytes: usize) -> Result<Element, XmlError> {
    let text = decode(body, max_bytes)?;
    let mut reader = NsReader::from_str(text);
    reader
        .resolver_mut()
        .set_max_declarations_per_element(MAX_ATTRIBUTES);
    read(&mut reader).map_err(|fault| {
        let offset = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        fault.at(line(text.as_bytes(), offset))
    })
}

fn read(reader: &mut NsReader<&[u8]>) -> Step<Element> {
    let mut tree = Tree::default();
    loop {
        match reader.read_event()? {
            Event::Start(tag) => tree.open(element(&tag, reader.resolver())?)?,
            Event::Empty(tag) => {
                tree.open(element(&tag, reader.resolver())?)?;
                tree.close();
            }
            Event::End(_) => tree.close(),
            Event::Text(text) => tree.text(&characters(text.xml10_content())?)?,
            Event::CData(text) => tree.text(&characters(text.xml10_content())?)?,
            Event::GeneralRef(reference) => tree.text(&referenced(&reference)?)?,
            Event::Decl(declaration) => check_encoding(&declaration)?,
            Event::DocType(_) => return Err(XmlFault::Doctype),
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => return tree.finish(),
        }
    }
}

/// The elements that are open, outermost first, and what has been closed.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Tree {
    fn open(&mut self, element: Element) -> Step {
        if self.root.is_some() {
            return Err(XmlFault::Outside);
        }
        if self.open.len() == MAX_DEPTH {
            return Err(XmlFault::TooDeep);
        }
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(XmlFault::TooManyElements);
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) {
        let Some(element) = self.open.pop() else {
            return;
        };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn text(&mut self, text: &str) -> Step {
        let Some(element) = self.open.last_mut() else {
            return if text.trim().is_empty() {
                Ok(())
            } else {
                Err(XmlFault::Outside)
            };
        };
        if element.text.len() + text.len() > MAX_TEXT {
            let place = format!("the text of {}", element.name);
            return Err(too_long(place, MAX_TEXT));
        }
        element.text.push_str(text);
        Ok(())
    }

    fn finish(mut self) -> Step<Element> {
        match self.open.pop() {
            Some(element) => Err(XmlFault::Unclosed(element.name.to_string())),
            None => self.root.ok_or(XmlFault::Empty),
        }
    }
}

fn element(tag: &BytesStart<'_>, resolver: &NamespaceResolver) -> Step<Element> {
    let name = element_name(tag, resolver)?;
    let mut attributes = Vec::new();
    for (index, attribute) in tag.attributes().enumerate() {
        if index == MAX_ATTRIBUTES {
            return Err(XmlFault::TooManyAttributes(name.to_string()));
        }
        let attribute = attribute.map_err(quick_xml::Error::from)?;
        if let Some(read) = plain_attribute(&attribute, resolver)? {
            attributes.push(read);
        }
    }
    Ok(Element {
        name,
        attributes,
        text: String::new(),
        children: Vec::new(),
    })
}

fn element_name(tag: &BytesStart<'_>, resolver: &NamespaceResolver) -> Step<PropName> {
    let (namespace, local) = resolver.resolve_element(tag.name());
    let local = name_text(local.into_inner())?;
    let namespace = match namespace {
        ResolveResult::Bound(namespace) => namespace_text(namespace.0)?,
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(prefix) => return Err(unbound(&prefix)),
    };
    PropName::new(&namespace, local).map_err(|_| XmlFault::Name(excerpt(local)))
}

/// An attribute without a namespace; declarations of namespaces and attributes of other vocabularies are only checked.
fn plain_attribute(
    attribute: &Attribute<'_>,
    resolver: &NamespaceResolver,
) -> Step<Option<(String, String)>> {
    let value = attribute.normalized_value(XmlVersion::Explicit1_0)?;
    if value.len() > MAX_TEXT {
        let key = excerpt(&String::from_utf8_lossy(attribute.key.as_ref()));
        return Err(too_long(format!("the attribute {key}"), MAX_TEXT));
    }
    check_chars(&value)?;
    if attribute.key.as_namespace_binding().is_some() {
        return Ok(None);
    }
    let (namespace, local) = resolver.resolve_attribute(attribute.key);
    let local = name_text(local.into_inner())?;
    match namespace {
        ResolveResult::Unbound => Ok(Some((local.to_owned(), value.into_owned()))),
        ResolveResult::Bound(_) => Ok(None),
        ResolveResult::Unknown(prefix) => Err(unbound(&prefix)),
    }
}

fn name_text(name: &[u8]) -> Step<&str> {
    let name = std::str::from_utf8(name).map_err(|_| XmlFault::NotUtf8)?;
    if name.len() > MAX_NAME {
        return Err(too_long(format!("the name {}", excerpt(name)), MAX_NAME));
    }
    if !super::is_name(name) {
        return Err(XmlFault::Name(excerpt(name)));
    }
    Ok(name)
}

/// A namespace as declared; the resolver keeps the bytes of the attribute as they were sent.
fn namespace_text(namespace: &[u8]) -> Step<String> {
    let raw = std::str::from_utf8(namespace).map_err(|_| XmlFault::NotUtf8)?;
    let name = unescape(raw).map_err(quick_xml::Error::from)?;
    if name.len() > MAX_NAME {
        return Err(too_long(
            format!("the namespace {}", excerpt(&name)),
            MAX_NAME,
        ));
    }
    Ok(name.into_owned())
}

fn characters(content: Result<Cow<'_, str>, EncodingError>) -> Step<Cow<'_, str>> {
    Ok(content.map_err(quick_xml::Error::from)?)
}

fn referenced(reference: &BytesRef<'_>) -> Step<String> {
    if let Some(c) = reference.resolve_char_ref()? {
        let text = c.to_string();
        check_chars(&text)?;
        return Ok(text);
    }
    let name = reference.decode().map_err(quick_xml::Error::from)?;
    resolve_predefined_entity(&name)
        .map(str::to_owned)
        .ok_or_else(|| XmlFault::Entity(excerpt(&name)))
}

fn check_chars(text: &str) -> Step {
    match text.chars().find(|c| !is_xml_char(*c)) {
        Some(c) => Err(XmlFault::Character(c.into())),
        None => Ok(()),
    }
}

fn check_encoding(declaration: &BytesDecl<'_>) -> Step {
    let Some(encoding) = declaration.encoding() else {
        return Ok(());
    };
    let encoding = encoding.map_err(quick_xml::Error::from)?;
    let name = String::from_utf8_lossy(&encoding);
    let readable = ["utf-8", "utf8", "us-ascii"];
    if readable
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
    {
        return Ok(());
    }
    Err(XmlFault::Encoding(excerpt(&name)))
}

fn unbound(prefix: &[u8]) -> XmlFault {
    let prefix = excerpt(&String::from_utf8_lossy(prefix));
    XmlFault::Syntax(format!("the prefix {prefix} has no namespace"))
}

const fn too_long(place: String, limit: usize) -> XmlFault {
    XmlFault::TooLong { place, limit }
}
