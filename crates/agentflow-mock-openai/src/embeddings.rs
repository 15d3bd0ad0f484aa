//! `POST /v1/embeddings`: vectors that follow from the text alone. No model is asked.

use axum::Json;
use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::refusal::Refusal;
use crate::vectors::{vector, words};
use crate::wire::{Field, parsed};

/// As many as OpenAI's small model has.
const DIMS_DEFAULT: u64 = 1_536;
/// More than any known model has.
const DIMS_MAX: u64 = 8_192;
/// OpenAI's own limit.
const TEXTS_MAX: usize = 2_048;
/// A guess at how many letters a token has, for the usage.
const BYTES_PER_TOKEN: usize = 4;

/// How a vector travels.
enum Encoding {
    Float,
    /// The bytes of its numbers, the lowest first.
    Base64,
}

/// One text, however it came.
struct Text {
    words: Vec<String>,
    tokens: usize,
}

pub(crate) async fn embed(body: Bytes) -> Result<Json<Value>, Refusal> {
    let body = parsed(&body)?;
    let body = Field::of(&body);
    let model = body.need("model")?.name()?;
    let texts = texts(&body.need("input")?)?;
    let dims = match body.get("dimensions")? {
        Some(dims) => dims.whole_number(1, DIMS_MAX)?,
        None => DIMS_DEFAULT,
    };
    let encoding = encoding(&body)?;
    let data = texts.iter().enumerate().map(|(index, text)| {
        let vector = vector(&text.words, dims as usize);
        json!({ "object": "embedding", "index": index, "embedding": encoding.encoded(&vector) })
    });
    let data: Vec<Value> = data.collect();
    let tokens: usize = texts.iter().map(|text| text.tokens).sum();
    Ok(Json(json!({
        "object": "list",
        "data": data,
        "model": model,
        "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
    })))
}

fn encoding(body: &Field<'_>) -> Result<Encoding, Refusal> {
    let Some(format) = body.get("encoding_format")? else {
        return Ok(Encoding::Float);
    };
    match format.text()? {
        "float" => Ok(Encoding::Float),
        "base64" => Ok(Encoding::Base64),
        _ => Err(format.wrong("must be `float` or `base64`")),
    }
}

/// A text, a list of texts, a text in tokens, or a list of those.
fn texts(input: &Field<'_>) -> Result<Vec<Text>, Refusal> {
    if input.value().is_string() {
        return Ok(vec![Text::read(input)?]);
    }
    let items = input.list()?;
    let texts = match items.first() {
        None => return Err(input.wrong("must hold a text")),
        Some(first) if first.value().is_number() => vec![Text::of_tokens(input)?],
        Some(_) => items.iter().map(Text::read).collect::<Result<_, _>>()?,
    };
    if texts.len() > TEXTS_MAX {
        let problem = format!("holds {} texts; at most {TEXTS_MAX} are taken", texts.len());
        return Err(Refusal::bad_field("input", &problem));
    }
    Ok(texts)
}

impl Text {
    fn read(field: &Field<'_>) -> Result<Self, Refusal> {
        if field.value().is_array() {
            return Self::of_tokens(field);
        }
        let text = field.text()?;
        if text.is_empty() {
            return Err(field.wrong("must not be empty"));
        }
        Ok(Self {
            words: words(text),
            tokens: text.len().div_ceil(BYTES_PER_TOKEN),
        })
    }

    /// Which words the tokens stand for is the client's secret; each is taken for one.
    fn of_tokens(field: &Field<'_>) -> Result<Self, Refusal> {
        let tokens = field.list()?;
        let words: Result<Vec<String>, Refusal> = tokens
            .iter()
            .map(|token| Ok(token.whole_number(0, u32::MAX.into())?.to_string()))
            .collect();
        if tokens.is_empty() {
            return Err(field.wrong("must not be empty"));
        }
        Ok(Self {
            words: words?,
            tokens: tokens.len(),
        })
    }
}

impl Encoding {
    fn encoded(&self, vector: &[f32]) -> Value {
        match self {
            Self::Float => json!(vector),
            Self::Base64 => {
                let bytes: Vec<u8> = vector
                    .iter()
                    .flat_map(|number| number.to_le_bytes())
                    .collect();
                STANDARD.encode(bytes).into()
            }
        }
    }
}
