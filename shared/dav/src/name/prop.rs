//! The properties of a CardDAV server.

use super::{CALENDARSERVER, CARDDAV, DAV, PropName};

macro_rules! properties {
    ($($namespace:ident, $standard:literal: { $($constant:ident = $local:literal,)* })*) => {
        $($(
            #[doc = concat!("`", $local, "` of ", $standard, ".")]
            pub const $constant: PropName = PropName::known($namespace, $local);
        )*)*
    };
}

properties! {
    DAV, "RFC 4918, section 15": {
        CREATIONDATE = "creationdate",
        DISPLAYNAME = "displayname",
        GETCONTENTLANGUAGE = "getcontentlanguage",
        GETCONTENTLENGTH = "getcontentlength",
        GETCONTENTTYPE = "getcontenttype",
        GETETAG = "getetag",
        GETLASTMODIFIED = "getlastmodified",
        LOCKDISCOVERY = "lockdiscovery",
        RESOURCETYPE = "resourcetype",
        SUPPORTEDLOCK = "supportedlock",
    }
    DAV, "RFC 3253, section 3.1.5": {
        SUPPORTED_REPORT_SET = "supported-report-set",
    }
    DAV, "RFC 3744": {
        OWNER = "owner",
        PRINCIPAL_URL = "principal-URL",
        CURRENT_USER_PRIVILEGE_SET = "current-user-privilege-set",
        PRINCIPAL_COLLECTION_SET = "principal-collection-set",
    }
    DAV, "RFC 4331": {
        QUOTA_AVAILABLE_BYTES = "quota-available-bytes",
        QUOTA_USED_BYTES = "quota-used-bytes",
    }
    DAV, "RFC 5397": {
        CURRENT_USER_PRINCIPAL = "current-user-principal",
    }
    DAV, "RFC 6578, section 4": {
        SYNC_TOKEN = "sync-token",
    }
    CARDDAV, "RFC 6352": {
        ADDRESS_DATA = "address-data",
        ADDRESSBOOK_DESCRIPTION = "addressbook-description",
        ADDRESSBOOK_HOME_SET = "addressbook-home-set",
        MAX_RESOURCE_SIZE = "max-resource-size",
        PRINCIPAL_ADDRESS = "principal-address",
        SUPPORTED_ADDRESS_DATA = "supported-address-data",
        SUPPORTED_COLLATION_SET = "supported-collation-set",
    }
    CALENDARSERVER, "Apple's extensions": {
        GETCTAG = "getctag",
        ME_CARD = "me-card",
    }
}

pub(super) const ALLPROP: [PropName; 10] = [
    CREATIONDATE,
    DISPLAYNAME,
    GETCONTENTLANGUAGE,
    GETCONTENTLENGTH,
    GETCONTENTTYPE,
    GETETAG,
    GETLASTMODIFIED,
    LOCKDISCOVERY,
    RESOURCETYPE,
    SUPPORTEDLOCK,
];
