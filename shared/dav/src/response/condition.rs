use crate::{Href, Privilege, Status, value::write_href, xml::Writer};

/// A condition of the standards that a request does not meet; the element inside `DAV:error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// RFC 4918, section 16: a protected property can not be changed.
    CannotModifyProtectedProperty,
    /// RFC 4918, section 16: no PROPFIND of infinite depth.
    PropfindFiniteDepth,
    /// RFC 3253, section 3.6: the report is not known here.
    SupportedReport,
    /// RFC 3253, section 8.10.4, and RFC 5689: there is something at the place already.
    ResourceMustBeNull,
    /// RFC 5689, section 3: collections of this type can not be made.
    ValidResourceType,
    /// RFC 3744, section 7.1.1: the user lacks this privilege for this resource.
    NeedPrivileges(Href, Privilege),
    /// RFC 3744, section 9 and RFC 6352, section 8.6.2: there are more results than are given.
    NumberOfMatchesWithinLimits,
    /// RFC 6578, section 3.2: the token was not given out here.
    ValidSyncToken,
    /// RFC 6578, section 3.3: members of members are not looked at.
    SyncTraversalSupported,
    /// RFC 6352, section 6.3.2.1: the body is no card.
    ValidAddressData,
    /// RFC 6352, section 6.3.2.1: cards of this type or version are not taken or given.
    SupportedAddressData,
    /// RFC 6352, section 5.1.1.1: the card can not be given in the type or version asked for.
    SupportedAddressDataConversion,
    /// RFC 6352, section 6.3.2.1: another card, at this place, has the UID.
    NoUidConflict(Href),
    /// RFC 6352, section 6.3.2.1: the card is too large.
    MaxResourceSize,
    /// RFC 6352, section 5.2: no address book can be made here.
    AddressbookCollectionLocationOk,
    /// RFC 6352, section 8.6: the filter asks for what is not offered.
    SupportedFilter,
    /// RFC 6352, section 8.3: the collation is not offered.
    SupportedCollation,
}

impl Condition {
    /// What the answer's status is to be: 403 where neither the standards nor our contract ask for another.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::ValidSyncToken => Status::BadRequest,
            Self::NoUidConflict(_) => Status::Conflict,
            Self::NumberOfMatchesWithinLimits => Status::InsufficientStorage,
            _ => Status::Forbidden,
        }
    }

    /// The body of an answer: a `DAV:error` with this condition, and a sentence for people.
    #[must_use]
    pub fn to_body(&self, detail: &str) -> String {
        super::error_body(Some(self), detail)
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        match self {
            Self::NeedPrivileges(href, privilege) => out.element(self.tag(), |out| {
                out.element("D:resource", |out| {
                    write_href(href, out);
                    out.element("D:privilege", |out| out.empty(privilege.tag()));
                });
            }),
            Self::NoUidConflict(href) => out.element(self.tag(), |out| write_href(href, out)),
            _ => out.empty(self.tag()),
        }
    }

    const fn tag(&self) -> &'static str {
        match self {
            Self::CannotModifyProtectedProperty => "D:cannot-modify-protected-property",
            Self::PropfindFiniteDepth => "D:propfind-finite-depth",
            Self::SupportedReport => "D:supported-report",
            Self::ResourceMustBeNull => "D:resource-must-be-null",
            Self::ValidResourceType => "D:valid-resourcetype",
            Self::NeedPrivileges(..) => "D:need-privileges",
            Self::NumberOfMatchesWithinLimits => "D:number-of-matches-within-limits",
            Self::ValidSyncToken => "D:valid-sync-token",
            Self::SyncTraversalSupported => "D:sync-traversal-supported",
            Self::ValidAddressData => "C:valid-address-data",
            Self::SupportedAddressData => "C:supported-address-data",
            Self::SupportedAddressDataConversion => "C:supported-address-data-conversion",
            Self::NoUidConflict(_) => "C:no-uid-conflict",
            Self::MaxResourceSize => "C:max-resource-size",
            Self::AddressbookCollectionLocationOk => "C:addressbook-collection-location-ok",
            Self::SupportedFilter => "C:supported-filter",
            Self::SupportedCollation => "C:supported-collation",
        }
    }
}
