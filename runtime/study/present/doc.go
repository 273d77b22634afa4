// Package present turns a study's report into something to show: a page, or a table for a paper.
//
//   - [HTML] writes one file that needs nothing else, no network and no other file: verdicts, a forest plot, learning curves, runs
//     seed by seed, costs, the program, the statistics in words.
//   - [Markdown] and [LaTeX] write the tables of the same report.
//   - [Read] reads a report that was kept as JSON.
//
// All of them need nothing but the [study.Report]: no training, no data. The same report gives the same bytes. Text that comes from a
// program (names, titles, notes) is data everywhere: html/template escapes it in the page, which moreover forbids every request
// and every script but its own, and the tables escape what Markdown and LaTeX would read as markup.
//
// Charts are SVG made here, without a library: geometry is computed in Go ([scale], chart.go), templates place it. Positions
// across are percentages, so that a chart fits a phone without shrinking its text.
package present
