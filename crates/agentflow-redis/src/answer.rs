//! What a script has answered, read part by part. One part alone comes as itself: a
//! list, whose length Redis puts in front of it afterwards, costs it as much as a `PING`.

use std::sync::Arc;

use redis::Value;

use crate::error::RedisError;

/// The parts of an answer that are not read yet.
pub(crate) struct Answer {
    address: Arc<str>,
    parts: std::vec::IntoIter<Value>,
}

impl Answer {
    pub(crate) fn new(address: &Arc<str>, value: Value) -> Self {
        let parts = match value {
            Value::Array(parts) => parts,
            part => vec![part],
        };
        Self {
            address: Arc::clone(address),
            parts: parts.into_iter(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.parts.len() == 0
    }

    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, RedisError> {
        self.optional()?.ok_or_else(|| self.unreadable("an answer"))
    }

    /// What is not there is none.
    pub(crate) fn optional(&mut self) -> Result<Option<Vec<u8>>, RedisError> {
        match self.parts.next() {
            Some(Value::BulkString(bytes)) => Ok(Some(bytes)),
            Some(Value::Nil) => Ok(None),
            _ => Err(self.unreadable("an answer")),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String, RedisError> {
        let bytes = self.bytes()?;
        String::from_utf8(bytes).map_err(|_| self.unreadable("a name"))
    }

    /// A part that [`crate::number`] wrote, or an id of the engine's.
    pub(crate) fn number(&mut self) -> Result<u64, RedisError> {
        let text = self.text()?;
        crate::number::parse(&text).ok_or_else(|| self.unreadable("a number"))
    }

    pub(crate) fn list(&mut self) -> Result<Self, RedisError> {
        match self.parts.next() {
            Some(Value::Array(parts)) => Ok(Self {
                address: Arc::clone(&self.address),
                parts: parts.into_iter(),
            }),
            _ => Err(self.unreadable("an answer")),
        }
    }

    /// All that are left.
    pub(crate) fn texts(mut self) -> Result<Vec<String>, RedisError> {
        let mut texts = Vec::with_capacity(self.parts.len());
        while !self.is_empty() {
            texts.push(self.text()?);
        }
        Ok(texts)
    }

    /// All that are left, none for each that is not there.
    pub(crate) fn optionals(mut self) -> Result<Vec<Option<Vec<u8>>>, RedisError> {
        let mut values = Vec::with_capacity(self.parts.len());
        while !self.is_empty() {
            values.push(self.optional()?);
        }
        Ok(values)
    }

    pub(crate) fn unreadable(&self, what: &'static str) -> RedisError {
        RedisError::Unreadable {
            address: self.address.to_string(),
            what,
        }
    }
}
