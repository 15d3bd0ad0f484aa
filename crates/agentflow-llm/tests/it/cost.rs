//! What a reply costs, by a list of prices.

use agentflow_llm::{
    ChatModel, ChatRequest, ModelPrice, ModelPrices, Price, Priced, ScriptedModel, ScriptedReply,
    TokenPrices, Usage,
};
use serde_json::{Value, json};

use crate::data;

fn usage(prompt: u64, cached: u64, completion: u64, reasoning: u64) -> Usage {
    let mut usage = Usage::tokens(prompt, completion);
    usage.cached_prompt_tokens = cached;
    usage.reasoning_tokens = reasoning;
    usage
}

/// A list of one model `m` with this pricing.
fn list(pricing: &Value) -> ModelPrices {
    let list = json!({"data": [{"id": "m", "pricing": pricing}]});
    ModelPrices::from_open_router(&list).unwrap()
}

#[test]
fn every_kind_of_token_has_its_own_price_or_that_of_its_side() {
    let plain = json!({"prompt": "0.000001", "completion": "0.000002"});
    let full = json!({
        "prompt": "0.000001", "completion": "0.000002", "request": "0.001",
        "input_cache_read": "0.0000001", "internal_reasoning": "0.000003",
        "image": "0.5", "input_cache_write": "0.5", "web_search": "0.5",
    });
    let long = json!({
        "prompt": "0.000001", "completion": "0.000002", "input_cache_read": "0.0000005",
        "overrides": [
            {"min_prompt_tokens": 2000, "prompt": "0.000004"},
            {"min_prompt_tokens": 1000, "prompt": "0.000002", "completion": "0.00001"},
            {"after_hours": true, "prompt": "0"},
        ],
    });
    for (name, pricing, usage, want) in [
        ("tokens", &plain, usage(1000, 0, 500, 0), Some(2000)),
        (
            "cached and reasoned without a price",
            &plain,
            usage(1000, 400, 500, 200),
            Some(2000),
        ),
        (
            "each at its price",
            &full,
            usage(1000, 400, 500, 200),
            Some(600 + 40 + 600 + 600 + 1000),
        ),
        (
            "more cached than there are",
            &full,
            usage(10, 20, 0, 0),
            Some(1 + 1000),
        ),
        ("no tokens", &plain, usage(0, 0, 0, 0), Some(0)),
        (
            "a little is rounded up",
            &full,
            usage(1, 1, 0, 0),
            Some(1001),
        ),
        (
            "below the first long prompt",
            &long,
            usage(999, 0, 1, 0),
            Some(999 + 2),
        ),
        (
            "from the first long prompt on",
            &long,
            usage(1000, 0, 1, 0),
            Some(2000 + 10),
        ),
        (
            "what the longest leaves open",
            &long,
            usage(2000, 1000, 1, 0),
            Some(4000 + 500 + 2),
        ),
        (
            "as many as there can be",
            &plain,
            usage(u64::MAX, 0, u64::MAX, 0),
            Some(u64::MAX),
        ),
    ] {
        assert_eq!(list(pricing).cost("m", &usage), want, "{name}");
    }
}

#[test]
fn what_nobody_knows_the_price_of_has_no_cost() {
    let tokens = usage(1000, 0, 500, 0);
    for (pricing, usage, want) in [
        (json!({"prompt": "-1", "completion": "-1"}), tokens, None),
        (
            json!({"prompt": "1e-6", "completion": "1e-6", "request": "-1"}),
            tokens,
            None,
        ),
        (json!({"prompt": "1e-6"}), tokens, None),
        (json!({"prompt": "1e-6"}), usage(1000, 0, 0, 0), Some(1000)),
        (json!({"prompt": null, "completion": "0"}), tokens, None),
        (json!({"prompt": "cheap", "completion": "0"}), tokens, None),
        (json!({"prompt": 1e-6, "completion": 0}), tokens, Some(1000)),
        (json!({"prompt": "0", "completion": "0"}), tokens, Some(0)),
        (json!({}), tokens, None),
        (json!("free"), tokens, None),
    ] {
        assert_eq!(list(&pricing).cost("m", &usage), want, "{pricing}");
    }
}

#[test]
fn a_model_is_found_by_its_id_its_lasting_name_or_without_its_date() {
    let model = |id: &str, slug: &str, usd: &str| {
        let pricing = json!({"prompt": usd, "completion": usd});
        json!({"id": id, "canonical_slug": slug, "pricing": pricing})
    };
    let list = json!([
        model("a/new", "a/4.5-new-20251001", "1e-6"),
        model("a/open:free", "a/open", "0"),
        model("a/open", "a/open-20250101", "2e-6"),
        model("a/twin-1", "a/twin", "3e-6"),
        model("a/twin-2", "a/twin", "4e-6"),
        model("a/same-1", "a/same", "5e-6"),
        model("a/same-2", "a/same", "5e-6"),
        {"id": "a/unpriced"},
        {"pricing": {"prompt": "1"}},
        7,
    ]);
    let prices = ModelPrices::from_open_router_bytes(list.to_string().as_bytes()).unwrap();
    for (model, want) in [
        ("a/new", Some(1)),
        ("a/4.5-new-20251001", Some(1)),
        ("a/4.5-new", None),
        ("a/new-20251001", Some(1)),
        ("a/new-2025-10-01", Some(1)),
        ("a/new-2025-1-1", None),
        ("a/new20251001", None),
        ("-20251001", None),
        ("é0251001", None),
        ("a/open:free", Some(0)),
        ("a/open", Some(2)),
        ("a/open-20250101", Some(2)),
        ("a/new:free", None),
        ("a/new-20251001:free", None),
        ("a/twin", None),
        ("a/twin-2", Some(4)),
        ("a/same", Some(5)),
        ("a/unpriced", None),
        ("", None),
    ] {
        assert_eq!(prices.cost(model, &Usage::tokens(1, 0)), want, "{model}");
    }
}

#[test]
fn what_is_no_list_of_models_is_refused() {
    for (text, want) in [
        (
            "<html>",
            "the list of models is no JSON; check the address that it comes from",
        ),
        (
            "{}",
            "the list of models holds no array `data`; check the address that it comes from",
        ),
        (
            r#"{"data": {}}"#,
            "the list of models holds no array `data`; check the address that it comes from",
        ),
    ] {
        let error = ModelPrices::from_open_router_bytes(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), want);
    }
}

#[test]
fn a_price_that_is_set_by_hand_goes_before_the_list() {
    let tokens = TokenPrices {
        prompt: Some(Price::per_million("7").unwrap()),
        ..TokenPrices::default()
    };
    let own = ModelPrice {
        tokens,
        ..ModelPrice::default()
    };
    let prices = list(&json!({"prompt": "1e-6", "completion": "0"})).with("m", own);
    assert_eq!(prices.cost("m", &Usage::tokens(1, 0)), Some(7));
}

#[test]
fn a_real_list_has_a_price_for_every_model_that_does_not_pick_another() {
    let Some(text) = data::read("contracts/recordings/openrouter-models-sample-mit.json") else {
        return;
    };
    let list: Value = serde_json::from_str(&text).unwrap();
    let prices = ModelPrices::from_open_router(&list).unwrap();
    for model in list["data"].as_array().unwrap() {
        let (id, pricing) = (model["id"].as_str().unwrap(), &model["pricing"]);
        let usd = |field: &str| pricing[field].as_str().unwrap().parse::<f64>().unwrap();
        let want = usd("prompt") * 1e6 * 1000.0 + usd("completion") * 1e6 * 100.0;
        match prices.cost(id, &Usage::tokens(1000, 100)) {
            None => assert_eq!(pricing["prompt"], "-1", "{id}"),
            Some(cost) => assert!((cost as f64 - want).abs() <= 1.0, "{id}: {cost} of {want}"),
        }
        let free = prices.cost(id, &Usage::default());
        assert_eq!(free.is_some(), pricing["prompt"] != "-1", "{id}");
    }
}

#[tokio::test]
async fn a_reply_says_what_it_costs_unless_its_provider_has() {
    let prices = ModelPrices::new().with("scripted", ModelPrice::per_million("1", "1").unwrap());
    let named = |cost| {
        let mut usage = Usage::tokens(10, 5);
        usage.cost_micro_usd = cost;
        usage
    };
    for (prices, named, want) in [
        (prices.clone(), named(None), Some(15)),
        (prices.clone(), named(Some(0)), Some(0)),
        (prices.clone(), named(Some(3)), Some(3)),
        (ModelPrices::new(), named(None), None),
    ] {
        let replies = || [ScriptedReply::from("done").usage(named)];
        let model = || Priced::new(ScriptedModel::replies(replies()), prices.clone());
        let reply = model().complete(ChatRequest::user("hi")).await.unwrap();
        assert_eq!(reply.usage.cost_micro_usd, want);
        let stream = model().stream(ChatRequest::user("hi")).await.unwrap();
        let streamed = stream.into_reply().await.unwrap();
        assert_eq!(streamed, reply);
    }
}
