//! A description for a terminal: layers from START to END, boxes in rows, lines
//! between them, loops along the right margin. In order: `sketch` finds what is to be
//! drawn, `layers` the rows, `order` who stands beside whom, `place` the columns,
//! `rails` the loops, `route` and `tracks` the lines between two rows, and `paint` puts
//! it all on a `canvas`.
//!
//! What does not fit is not squeezed in: `page` lists it below the drawing.

mod canvas;
mod layers;
mod order;
mod page;
mod paint;
mod place;
mod rails;
mod route;
mod sketch;
mod tracks;

#[cfg(test)]
mod tests;
