//! What of commits, records and checkpoints is sealed, and where each part belongs.

use agentflow_core::checkpoint::{
    Checkpoint, CommitRequest, Delivery, Event, Record, ScheduledTask, Stored,
};
use agentflow_core::{Namespace, ThreadId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::Value;

use crate::envelope::{self, Fault, open, seal};
use crate::error::SealError;
use crate::place::{Home, Place};
use crate::seal::Seal;

impl Seal {
    /// Seals what belongs to the new checkpoint: all but the records, which belong to its
    /// parent.
    pub(crate) fn seal_commit(&self, request: &mut CommitRequest) -> Result<(), SealError> {
        let origin = request.checkpoint.origin.clone();
        let home = Home {
            thread: &request.fence.thread,
            origin: &origin,
            namespace: &request.namespace,
            checkpoint: request.checkpoint.id,
        };
        for (name, value) in &mut request.changed {
            *value = seal(self, Place::Field(home, name.as_str()), value)?;
        }
        self.seal_inputs(home, &mut request.checkpoint.next)
    }

    pub(crate) fn seal_records(
        &self,
        home: Home<'_>,
        records: &mut [Record],
    ) -> Result<(), SealError> {
        for record in records {
            record.value = seal(self, Place::of_record(home, record), &record.value)?;
        }
        Ok(())
    }

    pub(crate) fn seal_delivery(&self, delivery: &mut Delivery) -> Result<(), SealError> {
        let place = Place::Event {
            thread: &delivery.thread,
            name: &delivery.name,
            delivered_at: delivery.now,
        };
        delivery.payload = seal(self, place, &delivery.payload)?;
        Ok(())
    }

    pub(crate) fn open_event(&self, thread: &ThreadId, event: &mut Event) -> Result<(), SealError> {
        let place = Place::Event {
            thread,
            name: &event.name,
            delivered_at: event.delivered_at,
        };
        event.payload = open(self, place, std::mem::take(&mut event.payload))?;
        Ok(())
    }

    pub(crate) fn open_stored(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        stored: &mut Stored,
    ) -> Result<(), SealError> {
        self.open_checkpoint(thread, namespace, &mut stored.checkpoint)?;
        let checkpoint = &stored.checkpoint;
        let home = Home {
            thread,
            origin: &checkpoint.origin,
            namespace,
            checkpoint: checkpoint.id,
        };
        // Values come as the checkpoint lists them: one that is taken out shifts none into
        // the place of another.
        let mut places = checkpoint.fields.iter();
        for (name, value) in &mut stored.values {
            let next = places.next().filter(|(field, _)| *field == name);
            let Some((_, checkpoint)) = next else {
                return Err(missing(home));
            };
            let place = Place::Field(Home { checkpoint, ..home }, name.as_str());
            *value = open(self, place, std::mem::take(value))?;
        }
        if places.next().is_some() {
            return Err(missing(home));
        }
        for record in &mut stored.records {
            let value = std::mem::take(&mut record.value);
            record.value = open(self, Place::of_record(home, record), value)?;
        }
        Ok(())
    }

    /// Opens what is in the checkpoint itself.
    pub(crate) fn open_checkpoint(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        checkpoint: &mut Checkpoint,
    ) -> Result<(), SealError> {
        let home = Home {
            thread,
            origin: &checkpoint.origin,
            namespace,
            checkpoint: checkpoint.id,
        };
        for task in &mut checkpoint.next {
            if let Some(input) = task.payload.take() {
                task.payload = Some(self.open_input(Place::of_input(home, task), input)?);
            }
        }
        Ok(())
    }

    fn seal_inputs(&self, home: Home<'_>, tasks: &mut [ScheduledTask]) -> Result<(), SealError> {
        for task in tasks {
            if let Some(input) = &task.payload {
                let place = Place::of_input(home, task);
                let sealed = seal(self, place, input.to_string().as_bytes())?;
                task.payload = Some(STANDARD_NO_PAD.encode(sealed).into());
            }
        }
        Ok(())
    }

    /// The input is kept as JSON: sealed it is a string in base64.
    fn open_input(&self, place: Place<'_>, input: Value) -> Result<Value, SealError> {
        let sealed = match &input {
            Value::String(text) => STANDARD_NO_PAD.decode(text).ok(),
            _ => None,
        };
        match sealed {
            Some(sealed) if envelope::is_one(&sealed) => {
                let opened = open(self, place, sealed)?;
                serde_json::from_slice(&opened).map_err(|_| Fault::Damaged.at(place))
            }
            _ if self.reads_unsealed() => Ok(input),
            _ => Err(Fault::NotSealed.at(place)),
        }
    }
}

fn missing(home: Home<'_>) -> SealError {
    SealError::Missing {
        thread: home.thread.clone(),
        checkpoint: home.checkpoint,
    }
}
