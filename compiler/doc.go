// Package compiler turns source text into programs: load and expand (expand), choose forms (variant), type and
// shape (check), and lower to a differentiated graph (lower). Its sub-packages are the stages.
package compiler
