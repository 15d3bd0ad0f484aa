//! Tools from closures with typed arguments.
//!
//! The schema the model sees and the parsing of what it sends come from the same type, so they
//! cannot disagree.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{ArgumentsError, Tool, ToolError, ToolOutput, ToolSpec};

/// A tool made from a closure; see [`tool_fn`].
pub struct TypedTool<A, F> {
    spec: ToolSpec,
    call: F,
    arguments: PhantomData<fn(A)>,
}

/// Makes a tool from a closure over typed arguments.
///
/// The field comments of the argument type become the descriptions the model reads.
///
/// ```
/// use agentflow_llm::{Message, ToolBox, ToolCall, ToolError, tool_fn};
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct ReadFile {
///     /// Path from the root of the repository.
///     path: String,
/// }
///
/// # async fn demo() -> Result<(), ToolError> {
/// let tools = ToolBox::new().with(tool_fn(
///     "read_file",
///     "Reads a text file.",
///     |args: ReadFile| async move {
///         match args.path.as_str() {
///             "a.txt" => Ok("hello"),
///             other => Err(ToolError::failed(format!("there is no file `{other}`"))),
///         }
///     },
/// ));
/// let found = tools.call(&ToolCall::new("c1", "read_file", r#"{"path": "a.txt"}"#)).await?;
/// assert_eq!(found, Message::tool_result("c1", "hello"));
/// let lost = tools.call(&ToolCall::new("c2", "read_file", r#"{"path": "b.txt"}"#)).await?;
/// assert_eq!(lost.text(), "error: there is no file `b.txt`");
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
/// ```
pub fn tool_fn<A, F, Fut, O>(
    name: impl Into<String>,
    description: impl Into<String>,
    call: F,
) -> TypedTool<A, F>
where
    A: DeserializeOwned + JsonSchema + Send,
    F: Fn(A) -> Fut + Send + Sync,
    Fut: Future<Output = Result<O, ToolError>> + Send,
    O: Into<ToolOutput>,
{
    TypedTool {
        spec: ToolSpec::of::<A>(name, description),
        call,
        arguments: PhantomData,
    }
}

#[async_trait]
impl<A, F, Fut, O> Tool for TypedTool<A, F>
where
    A: DeserializeOwned + JsonSchema + Send,
    F: Fn(A) -> Fut + Send + Sync,
    Fut: Future<Output = Result<O, ToolError>> + Send,
    O: Into<ToolOutput>,
{
    fn spec(&self) -> ToolSpec {
        self.spec.clone()
    }

    async fn call(&self, arguments: Value) -> Result<ToolOutput, ToolError> {
        let arguments = serde_json::from_value(arguments).map_err(|source| {
            let tool = self.spec.name.clone();
            ToolError::arguments(ArgumentsError::DoNotFit { tool, source }.to_string())
        })?;
        (self.call)(arguments).await.map(Into::into)
    }
}

impl<A, F> fmt::Debug for TypedTool<A, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedTool")
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}
