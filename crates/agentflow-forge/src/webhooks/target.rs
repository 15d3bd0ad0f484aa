//! Where deliveries may go.

use std::net::IpAddr;

use reqwest::Url;

/// To which addresses a forge delivers webhooks.
///
/// GitHub refuses addresses of its own network. A forge is local, so it is the other way round:
/// receivers on the same machine are what it is for, and nothing else is reached unless the
/// forge's owner says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum HookTargets {
    /// This machine only: `localhost`, `127.0.0.0/8`, `[::1]`.
    #[default]
    Loopback,
    /// Any address, including those of the network around.
    Anywhere,
}

impl HookTargets {
    /// The address, if deliveries may go there.
    pub(crate) fn admit(self, url: &str) -> Option<Url> {
        let url = Url::parse(url).ok()?;
        let known_scheme = matches!(url.scheme(), "http" | "https");
        let host = url.host_str()?.trim_matches(['[', ']']);
        let local = host.eq_ignore_ascii_case("localhost")
            || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        (known_scheme && (local || self == Self::Anywhere)).then_some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::HookTargets;

    #[test]
    fn deliveries_stay_on_this_machine_unless_the_owner_says_so() {
        for (url, loopback, anywhere) in [
            ("http://127.0.0.1:8080/hook", true, true),
            ("http://127.9.9.9/", true, true),
            ("http://[::1]:1/", true, true),
            ("https://localhost/x", true, true),
            ("http://example.com/", false, true),
            ("http://localhost.example.com/", false, true),
            ("http://10.0.0.1/", false, true),
            ("ftp://127.0.0.1/", false, false),
            ("hook", false, false),
        ] {
            assert_eq!(
                HookTargets::Loopback.admit(url).is_some(),
                loopback,
                "{url}"
            );
            assert_eq!(
                HookTargets::Anywhere.admit(url).is_some(),
                anywhere,
                "{url}"
            );
        }
    }
}
