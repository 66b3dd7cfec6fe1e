//! A walk over untrusted XML: well-formedness, namespaces and limits are checked here, the meaning in `message`.
//!
//! quick-xml 0.42 accepts an open element at the end, a second root and a DOCTYPE; all three are refused here.

use std::borrow::Cow;

use quick_xml::NsReader;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use quick_xml::name::{QName, ResolveResult};

use super::error::OutboundError;
use super::{DEPTH_MAX, EVENTS_MAX};

const SOAP_NAMESPACE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const OUTBOUND_NAMESPACE: &str = "http://soap.sforce.com/2005/09/outbound";
const RECORD_NAMESPACE: &str = "urn:sobject.enterprise.soap.sforce.com";
const SCHEMA_INSTANCE_NAMESPACE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The namespaces of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Namespace {
    Soap,
    Outbound,
    Record,
    SchemaInstance,
    Other,
}

/// One step of the walk; comments are passed over, an empty element is one that opens and closes.
#[derive(Debug)]
pub(super) enum Token<'i> {
    Open(Element<'i>),
    Close,
    Text(Cow<'i, str>),
    End,
}

#[derive(Debug)]
pub(super) struct Element<'i> {
    pub(super) namespace: Namespace,
    start: BytesStart<'i>,
}

impl Element<'_> {
    pub(super) fn name(&self) -> &str {
        self.start.local_name().into_inner()
    }

    pub(super) fn is(&self, namespace: Namespace, name: &str) -> bool {
        self.namespace == namespace && self.name() == name
    }
}

pub(super) struct Scanner<'i> {
    reader: NsReader<&'i [u8]>,
    depth: usize,
    events: usize,
    root_seen: bool,
}

impl<'i> Scanner<'i> {
    pub(super) fn new(text: &'i str) -> Result<Self, OutboundError> {
        if text.bytes().any(is_forbidden_control) || text.contains(['\u{fffe}', '\u{ffff}']) {
            return Err(OutboundError::Character);
        }
        let mut reader = NsReader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = true;
        Ok(Self {
            reader,
            depth: 0,
            events: 0,
            root_seen: false,
        })
    }

    /// The next step; after [`Token::End`] comes nothing.
    pub(super) fn next(&mut self) -> Result<Token<'i>, OutboundError> {
        loop {
            let event = self.reader.read_event().map_err(|error| self.malformed(reason(&error)))?;
            self.events += 1;
            if self.events > EVENTS_MAX {
                return Err(OutboundError::TooManyEvents);
            }
            match event {
                Event::Start(start) => return self.open(start).map(Token::Open),
                Event::End(_) => {
                    self.depth = self.depth.checked_sub(1).ok_or_else(|| self.malformed("an end without a start"))?;
                    return Ok(Token::Close);
                }
                Event::Text(text) => {
                    let text = text.xml10_content();
                    if self.depth > 0 {
                        return Ok(Token::Text(text));
                    }
                    if !text.chars().all(char::is_whitespace) {
                        return Err(self.malformed("text outside the root"));
                    }
                }
                Event::CData(text) if self.depth > 0 => return Ok(Token::Text(text.xml10_content())),
                Event::GeneralRef(reference) if self.depth > 0 => return resolve(&reference).map(Token::Text),
                Event::CData(_) | Event::GeneralRef(_) => return Err(self.malformed("text outside the root")),
                Event::Comment(_) => {}
                Event::Decl(declaration) if self.events == 1 => check_declaration(&declaration)?,
                Event::Decl(_) | Event::PI(_) => return Err(OutboundError::ProcessingInstruction),
                Event::DocType(_) => return Err(OutboundError::Doctype),
                // Cannot occur: expand_empty_elements is on.
                Event::Empty(_) => return Err(self.malformed("an empty element")),
                Event::Eof if self.depth == 0 && self.root_seen => return Ok(Token::End),
                Event::Eof => return Err(OutboundError::Truncated),
            }
        }
    }

    /// What `xsi:type` of `element`, which was the last token, names; `None` where it has none.
    pub(super) fn type_of<'e>(&self, element: &'e Element<'_>) -> Result<Option<(Namespace, Cow<'e, str>)>, OutboundError> {
        let mut found = None;
        // All of them are looked at, because an attribute that is there twice shows only then.
        for attribute in element.start.attributes() {
            let attribute = attribute.map_err(|_| self.malformed("a bad attribute"))?;
            let (resolved, name) = self.reader.resolver().resolve_attribute(attribute.key);
            if name.into_inner() != "type" || namespace(&resolved)? != Namespace::SchemaInstance {
                continue;
            }
            // A reference has no place in a type, so the text is taken as it stands.
            let (resolved, _) = self.reader.resolver().resolve_element(QName(&attribute.value));
            let of = namespace(&resolved)?;
            let local = match attribute.value {
                Cow::Borrowed(text) => Cow::Borrowed(text.rsplit_once(':').map_or(text, |(_, local)| local)),
                Cow::Owned(text) => Cow::Owned(text.rsplit_once(':').map_or(text.as_str(), |(_, local)| local).to_owned()),
            };
            found = Some((of, local));
        }
        Ok(found)
    }

    fn open(&mut self, start: BytesStart<'i>) -> Result<Element<'i>, OutboundError> {
        if self.depth == 0 && self.root_seen {
            return Err(self.malformed("a second root"));
        }
        self.root_seen = true;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(OutboundError::TooDeep);
        }
        let (resolved, _) = self.reader.resolver().resolve_element(start.name());
        let namespace = namespace(&resolved)?;
        Ok(Element { namespace, start })
    }

    fn malformed(&self, reason: &'static str) -> OutboundError {
        OutboundError::Malformed {
            at_byte: self.reader.error_position(),
            reason,
        }
    }
}

fn namespace(resolved: &ResolveResult<'_>) -> Result<Namespace, OutboundError> {
    match resolved {
        ResolveResult::Bound(bound) => Ok(match bound.into_inner() {
            OUTBOUND_NAMESPACE => Namespace::Outbound,
            RECORD_NAMESPACE => Namespace::Record,
            SOAP_NAMESPACE => Namespace::Soap,
            SCHEMA_INSTANCE_NAMESPACE => Namespace::SchemaInstance,
            _ => Namespace::Other,
        }),
        ResolveResult::Unbound => Ok(Namespace::Other),
        ResolveResult::Unknown(_) => Err(OutboundError::Malformed {
            at_byte: 0,
            reason: "a prefix that nothing binds",
        }),
    }
}

fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), OutboundError> {
    let version_is_1_0 = declaration.version().is_ok_and(|version| version == "1.0");
    let utf_8 = match declaration.encoding() {
        None => true,
        Some(Ok(encoding)) => encoding.eq_ignore_ascii_case("utf-8"),
        Some(Err(_)) => false,
    };
    if version_is_1_0 && utf_8 {
        Ok(())
    } else {
        Err(OutboundError::Encoding)
    }
}

fn resolve(reference: &BytesRef<'_>) -> Result<Cow<'static, str>, OutboundError> {
    if reference.is_char_ref() {
        let character = reference
            .resolve_char_ref()
            .ok()
            .flatten()
            .filter(|character| is_xml_character(*character));
        return character
            .map(|character| Cow::Owned(character.to_string()))
            .ok_or(OutboundError::Character);
    }
    let name: &str = reference;
    let text = match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return Err(OutboundError::Entity),
    };
    Ok(Cow::Borrowed(text))
}

fn is_forbidden_control(byte: u8) -> bool {
    byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// XML 1.0, production 2; of the text as it stands [`Scanner::new`] checks the same by bytes, which is quicker.
fn is_xml_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn reason(error: &quick_xml::Error) -> &'static str {
    match error {
        quick_xml::Error::Syntax(_) => "markup is not closed",
        quick_xml::Error::IllFormed(_) => "tags do not match",
        quick_xml::Error::InvalidAttr(_) => "a bad attribute",
        quick_xml::Error::Namespace(_) => "bad or too many namespaces",
        _ => "not XML",
    }
}
