//! Nodes that ask: by place, by name, and two at once.

use std::sync::Arc;

use agentflow_core::NodeResult;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::super::blueprint::Blueprint;
use super::super::random::{Random, digest};
use super::super::task::{Act, Task};
use super::super::violation::Violation;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Question {
    node: String,
    /// Of one task, the same in every run.
    task: u64,
    which: String,
}

/// What is said to it. It names the question, so that one for another is noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Answer {
    to: Question,
    says: u64,
}

impl Answer {
    pub(in super::super) fn to(question: Question) -> Self {
        let says = digest(&question) % 5;
        Self { to: question, says }
    }
}

pub(super) enum Ask {
    /// One after the other, told apart by their order.
    InOrder(u32),
    Named(&'static str),
    /// The second is asked before the first is answered.
    Both,
}

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let nodes = blueprint.acting();
    if nodes.is_empty() {
        return;
    }
    for _ in 0..=random.below(3) {
        let ask = match random.below(4) {
            0 => Ask::Named("name"),
            1 => Ask::Both,
            _ => Ask::InOrder(1 + u32::from(random.chance(40))),
        };
        let acts = &mut blueprint.spots[*random.pick(&nodes)].acts;
        let at = random.below(acts.len() + 1);
        acts.insert(at, Arc::new(ask));
    }
}

impl Act for Ask {
    fn perform<'a>(&'a self, task: &'a mut Task) -> BoxFuture<'a, NodeResult<()>> {
        let asks = task.random("questions", 0).chance(35);
        Box::pin(async move {
            if !asks {
                return Ok(());
            }
            match self {
                Self::InOrder(count) => {
                    for place in 0..*count {
                        let question = task.question(&place.to_string());
                        let answer = task.cx.interrupt(question.clone());
                        task.take(&question, answer)?;
                    }
                    Ok(())
                }
                Self::Named(name) => {
                    let question = task.question(name);
                    let answer = task.cx.interrupt_keyed(name, question.clone());
                    task.take(&question, answer)
                }
                Self::Both => {
                    let [first, second] = ["first", "second"].map(|name| {
                        let question = task.question(name);
                        (question.clone(), task.cx.interrupt_keyed(name, question))
                    });
                    task.take(&first.0, first.1)?;
                    task.take(&second.0, second.1)
                }
            }
        })
    }
}

impl Task {
    fn question(&self, which: &str) -> Question {
        Question {
            node: self.node.to_string(),
            task: self.ident,
            which: which.to_owned(),
        }
    }

    fn take(&mut self, question: &Question, answer: NodeResult<Answer>) -> NodeResult<()> {
        let answer = answer?;
        if answer != Answer::to(question.clone()) {
            self.world.violated(Violation::WrongAnswer {
                question: format!("{question:?}"),
                answered: format!("{answer:?}"),
            });
        }
        self.reply.count += answer.says;
        self.reply
            .lines
            .push(format!("{} was told {}", question.which, answer.says));
        Ok(())
    }
}
