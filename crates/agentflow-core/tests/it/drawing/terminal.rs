//! Drawings for a terminal.

use agentflow_core::{END, GraphDescription};

use super::{branch_with_loop, described, diamond, enough, fan_out, nested};
use crate::support::row;

pub(super) fn check(graph: &GraphDescription, want: &str) {
    let drawn = graph.to_ascii();
    // The first line break only moves the drawing to the margin.
    assert_eq!(drawn, want[1..], "\n{drawn}");
}

#[test]
fn a_single_node() {
    check(
        &described(row(&["only"])),
        r"
  START
    |
    v
+-------+
| only  |
+-------+
    |
    v
   END
",
    );
}

#[test]
fn a_line() {
    check(
        &described(row(&["first", "second", "third"])),
        r"
    START
      |
      v
  +-------+
  | first |
  +-------+
      |
      v
+-----------+
|  second   |
+-----------+
      |
      v
  +-------+
  | third |
  +-------+
      |
      v
     END
",
    );
}

#[test]
fn a_loop_goes_up_in_the_margin() {
    check(
        &described(branch_with_loop()),
        r"
    START
      |
      v
+-----------+
| research  |
+-----------+
      |
      | +.....+
      v v     :
  +-------+   :
  | write |   :
  +-------+   :
      |       :
      v       :
+-----------+ :
|  review   | :
+-----------+ :
      : :     ^
      : +.....+
      v
     END

... if its router says so
",
    );
}

#[test]
fn a_node_that_runs_itself_again() {
    let graph = row(&["write"]).add_conditional_edges("write", enough, ["write", END]);
    check(
        &described(graph),
        r"
  START
    |
    | +...+
    v v   :
+-------+ :
| write | :
+-------+ :
    : :   ^
    : +...+
    v
   END

... if its router says so
",
    );
}

#[test]
fn a_diamond_with_a_join() {
    check(
        &described(diamond()),
        r"
        START
          |
          v
      +-------+
      | split |
      +-------+
          |
    +-----+-----+
    v           v
+-------+   +-------+
| left  |   | right |
+-------+   +-------+
    |           |
    +=====+=====+
          v
      +-------+
      | judge |
      +-------+
          |
          v
         END

=== when all have finished
",
    );
}

#[test]
fn a_fan_out_by_sends() {
    check(
        &described(fan_out()),
        r"
      START
        |
        v
    +-------+
    | plan  |
    +-------+
        :
        v
+---------------+
| worker (send) |
+---------------+
        |
        v
  +-----------+
  |  collect  |
  +-----------+
        |
        v
       END

... if its router says so
",
    );
}

#[test]
fn a_graph_inside_follows_below() {
    check(
        &described(nested()),
        r"
      START
        |
        v
  +-----------+
  |  before   |
  +-----------+
        |
        v
+---------------+
| code (graph)  |
+---------------+
        |
        v
       END

inside code:

    START
      |
      v
+-----------+
| research  |
+-----------+
      |
      | +.....+
      v v     :
  +-------+   :
  | write |   :
  +-------+   :
      |       :
      v       :
+-----------+ :
|  review   | :
+-----------+ :
      : :     ^
      : +.....+
      v
     END

... if its router says so
",
    );
}

#[test]
fn a_long_name_is_cut_and_a_deferred_node_says_so() {
    let long = "a name that goes on and on and is still not at its end";
    let mut graph = described(row(&[long, "last"]));
    graph.nodes[1].details.deferred = true;
    check(
        &graph,
        r"
                  START
                    |
                    v
+---------------------------------------+
| a name that goes on and on and is...  |
+---------------------------------------+
                    |
                    v
          +-------------------+
          |  last (deferred)  |
          +-------------------+
                    |
                    v
                   END
",
    );
}
