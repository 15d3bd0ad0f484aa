//! Which model is asked.

use std::sync::Arc;

use agentflow_llm::{ChatModel, OpenAiCompatible, OpenRouter, Retry, Script, ScriptedModel};

use crate::error::CliError;
use crate::settings::ModelChoice;

/// The model of a choice, shared by all issues; `None` where each issue has a script of its own.
pub(crate) fn model(choice: &ModelChoice) -> Result<Option<Arc<dyn ChatModel>>, CliError> {
    let client = match choice {
        ModelChoice::Script => return Ok(None),
        ModelChoice::OpenRouter { key, model } => OpenRouter::builder(key.clone())
            .title("agentflow")
            .models(model.clone())
            .build()?,
        ModelChoice::Compatible {
            base_url,
            key,
            model,
        } => {
            let builder = OpenAiCompatible::builder(base_url.clone()).models([model]);
            match key {
                Some(key) => builder.key(key.clone()).build()?,
                None => builder.build()?,
            }
        }
    };
    Ok(Some(Arc::new(Retry::new(client))))
}

/// The model that says what is written down for a demo issue.
pub(crate) fn scripted(issue: u64, script: &str) -> Result<Arc<dyn ChatModel>, CliError> {
    let script = Script::parse(script).map_err(|source| CliError::Script { issue, source })?;
    Ok(Arc::new(ScriptedModel::from_script(script)))
}
