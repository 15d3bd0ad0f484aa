//! Who a client says a commit is by.

use serde::Deserialize;

use crate::git::Signature;
use crate::http::answer::Refusal;
use crate::http::call::Call;
use crate::pulls::signature;
use crate::time;

/// A person, whose parts the caller stands in for.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Who {
    name: Option<String>,
    email: Option<String>,
    date: Option<String>,
}

impl Who {
    pub(super) fn or_caller(who: Option<Self>, call: &Call) -> Result<Signature, Refusal> {
        match who {
            Some(who) => who.signature(call),
            None => Ok(signature(&call.bearer.user, time::to_unix(&time::now()))),
        }
    }

    pub(super) fn signature(self, call: &Call) -> Result<Signature, Refusal> {
        let own = signature(&call.bearer.user, time::to_unix(&time::now()));
        let at = match &self.date {
            Some(date) if time::is_time(date) => time::to_unix(date),
            Some(_) => return Err(Refusal::unprocessable("date is not a valid timestamp")),
            None => own.at,
        };
        let name = self.name.unwrap_or(own.name);
        let email = self.email.unwrap_or(own.email);
        // git's own form of a person would be broken by these.
        if [&name, &email]
            .iter()
            .any(|text| text.contains(['<', '>', '\n', '\0']))
        {
            return Err(Refusal::unprocessable(
                "name and email must not hold < or > or line ends",
            ));
        }
        Ok(Signature { name, email, at })
    }
}
