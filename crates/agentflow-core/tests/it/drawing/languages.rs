//! Drawings that another program draws. What is expected here was rendered.

use super::{branch_with_loop, described, diamond, fan_out, nested};
use crate::support::row;

#[test]
fn mermaid_tells_edges_apart() {
    for (graph, want) in [
        (
            branch_with_loop(),
            r#"flowchart TD
    n0(["START"])
    n1["research"]
    n2["review"]
    n3["write"]
    n4(["END"])
    n0 --> n1
    n1 --> n3
    n2 -.->|"enough"| n3
    n2 -.->|"enough"| n4
    n3 --> n2
"#,
        ),
        (
            diamond(),
            r#"flowchart TD
    n0(["START"])
    n1["judge"]
    n2["left"]
    n3["right"]
    n4["split"]
    n5(["END"])
    n0 --> n4
    n1 --> n5
    n2 -- all --> n1
    n3 -- all --> n1
    n4 --> n2
    n4 --> n3
"#,
        ),
        (
            fan_out(),
            r#"flowchart TD
    n0(["START"])
    n1["collect"]
    n2["plan"]
    n3[/"worker"/]
    n4(["END"])
    n0 --> n2
    n1 --> n4
    n2 -.->|"send: split"| n3
    n3 --> n1
"#,
        ),
    ] {
        assert_eq!(described(graph).to_mermaid(), want);
    }
}

#[test]
fn mermaid_draws_a_graph_inside_as_a_block() {
    let graph = described(nested());
    assert_eq!(
        graph.to_mermaid(),
        r#"flowchart TD
    n0(["START"])
    n1["before"]
    subgraph n2 ["code"]
        n3(["START"])
        n4["research"]
        n5["review"]
        n6["write"]
        n7(["END"])
    end
    n8(["END"])
    n3 --> n4
    n4 --> n6
    n5 -.->|"enough"| n6
    n5 -.->|"enough"| n7
    n6 --> n5
    n0 --> n1
    n1 --> n3
    n7 --> n8
"#
    );
    assert!(graph.xray(0).to_mermaid().contains(r#"n2[["code"]]"#));
}

#[test]
fn joins_on_one_node_are_told_apart() {
    let drawn = described(diamond().add_join(["split", "left"], "judge")).to_mermaid();
    for want in [
        "n2 -- all 1 --> n1",
        "n2 -- all 2 --> n1",
        "n4 -- all 2 --> n1",
    ] {
        assert!(drawn.contains(want), "{drawn}");
    }
}

#[test]
fn dot_draws_a_graph_inside_as_a_cluster() {
    assert_eq!(
        described(nested()).to_dot(),
        r#"digraph {
    node [shape=box];
    n0 [label="START", shape=oval];
    n1 [label="before"];
    subgraph cluster_n2 {
        label="code";
        n3 [label="START", shape=oval];
        n4 [label="research"];
        n5 [label="review"];
        n6 [label="write"];
        n7 [label="END", shape=oval];
    }
    n8 [label="END", shape=oval];
    n3 -> n4;
    n4 -> n6;
    n5 -> n6 [label="enough", style=dashed];
    n5 -> n7 [label="enough", style=dashed];
    n6 -> n5;
    n0 -> n1;
    n1 -> n3;
    n7 -> n8;
}
"#
    );
}

#[test]
fn no_name_is_taken_for_the_language() {
    for (name, mermaid, dot) in [
        ("end", "end", "end"),
        ("say \"hi\"", "say #34;hi#34;", "say \\\"hi\\\""),
        ("a & b; c", "a #38; b#59; c", "a &amp; b; c"),
        ("1. item", "1#46; item", "1. item"),
        ("- x", "#45; x", "- x"),
        ("_emph_ass", "#95;emph_ass", "_emph_ass"),
        ("back\\N", "back#92;N", "back\\\\N"),
        ("`code`", "#96;code#96;", "`code`"),
        (
            "n\u{e4}her \u{2713}",
            "n\u{e4}her \u{2713}",
            "n\u{e4}her \u{2713}",
        ),
        ("two\nlines", "two lines", "two lines"),
    ] {
        let graph = described(row(&[name]));
        let quoted = format!("    n1[\"{mermaid}\"]\n");
        assert!(
            graph.to_mermaid().contains(&quoted),
            "{}",
            graph.to_mermaid()
        );
        let quoted = format!("    n1 [label=\"{dot}\"];\n");
        assert!(graph.to_dot().contains(&quoted), "{}", graph.to_dot());
    }
}
