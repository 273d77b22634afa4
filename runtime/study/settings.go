// Package study measures what tricks contribute: it plans the trials of a study, runs them side by side, keeps
// their results, and turns them into verdicts (package stat).
package study

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
)

const bySearch = "searching and growing will run it"

// Signatures lists the settings of a study section.
func Signatures() []catalog.Signature { return signatures }

var signatures = []catalog.Signature{
	{Kind: catalog.Study, Name: "train",
		Doc:    "Which train section is studied, where the file has several.",
		Params: []catalog.Param{{Name: "name", Type: catalog.Name(), Positional: true}}},
	{Kind: catalog.Study, Name: "metric", Many: true,
		Doc: "What is compared, and the smallest difference that matters, in the metric's own units. The first metric decides.",
		Params: []catalog.Param{
			{Name: "of", Doc: "test.accuracy, valid.loss, test.rmse(cooling) …", Type: catalog.Expr(), Positional: true},
			{Name: "margin", Doc: "Differences below it count as none: for the verdict `equivalent`.", Type: catalog.Positive().WithUnits("%", "points"), Default: catalog.Nothing()}}},
	{Kind: catalog.Study, Name: "seeds",
		Doc:    "How many paired seeds: seed, seed + 1, …",
		Params: []catalog.Param{{Name: "n", Type: catalog.Count(), Positional: true}}},
	{Kind: catalog.Study, Name: "tricks",
		Doc:  "The tricks that are measured, each switched the other way; all of the file where the line is missing.",
		Rest: &catalog.Param{Name: "names", Doc: "A trick or a selector; [*] makes an arm of each instance.", Type: catalog.Expr()}},
	{Kind: catalog.Study, Name: "try", Many: true, Body: catalog.Edit,
		Doc:    "A candidate that is not in the file: edits, compared with the file as it is.",
		Params: []catalog.Param{{Name: "name", Type: catalog.Name(), Positional: true}}},
	{Kind: catalog.Study, Name: "variant", Many: true, Body: catalog.Edit,
		Doc:    "A variant of the program, compared with the file as it is.",
		Params: []catalog.Param{{Name: "name", Type: catalog.Name(), Positional: true}}},
	{Kind: catalog.Study, Name: "factors",
		Doc:  "The tricks that a factorial or shapley design combines; a + b are switched together.",
		Rest: &catalog.Param{Name: "names", Type: catalog.Expr()}},
	{Kind: catalog.Study, Name: "design",
		Doc: "Which variants are run: leave_one_out (each trick off), add_one_in, factorial, fractional, shapley, halving, greedy.",
		Params: []catalog.Param{
			{Name: "kind", Positional: true, Type: catalog.Word("leave_one_out", "add_one_in", "factorial", "fractional", "shapley", "halving", "greedy")},
			{Name: "order", Doc: "Of factorial: interactions up to this order are estimated.", Type: catalog.Count(), Default: catalog.N(2)},
			{Name: "resolution", Doc: "Of fractional.", Type: catalog.Int().AtLeast(3), Default: catalog.N(4)},
			{Name: "trials", Doc: "Of halving.", Type: catalog.Count(), Default: catalog.Nothing()},
			{Name: "patience", Doc: "Of greedy.", Type: catalog.Count(), Default: catalog.Nothing()}}},
	{Kind: catalog.Study, Name: "budget",
		Doc: "How long the study may take, and whether it may end earlier.",
		Params: []catalog.Param{
			{Name: "time", Type: catalog.Num().Above(0).WithUnits("s").NeedsUnit(), Positional: true, Default: catalog.Nothing()},
			{Name: "stop", Doc: "sequential(error = 5%): comparisons that are decided end early, at a kept error rate.", Type: catalog.New(catalog.StudyStop), Default: catalog.Nothing()}}},
	{Kind: catalog.StudyStop, Name: "sequential",
		Doc:    "An anytime-valid test after every pair.",
		Params: []catalog.Param{{Name: "error", Type: catalog.Num().Above(0).Below(1).WithUnits("%"), Default: catalog.N(0.05)}}},
	{Kind: catalog.Study, Name: "vary",
		Doc:  "What a new seed changes: init, order, augment, masks (all four by default), split.",
		Rest: &catalog.Param{Name: "what", Type: catalog.Word("init", "order", "augment", "masks", "split")}},
	{Kind: catalog.Study, Name: "retune", Many: true,
		Doc: "Tunes a setting anew for every variant, on the valid part, so that no trick loses for a setting that suits the other form.",
		Params: []catalog.Param{
			{Name: "path", Type: catalog.Path(), Positional: true},
			{Name: "over", Type: catalog.RangeOf().OrElse(catalog.ListOf(catalog.Any())), Positional: true},
			{Name: "log", Doc: "Spread the points evenly in the logarithm.", Type: catalog.Flag(), Default: catalog.B(false)},
			{Name: "points", Type: catalog.Count(), Default: catalog.N(5)},
			{Name: "by", Type: catalog.Path(), Default: &model.Value{Kind: model.PathRef, Str: "valid.loss"}}}},
	{Kind: catalog.Study, Name: "curve", Many: true,
		Doc: "Repeats the comparison at several values of a setting, say the number of examples.",
		Params: []catalog.Param{
			{Name: "path", Type: catalog.Path(), Positional: true},
			{Name: "values", Type: catalog.ListOf(catalog.Any()), Positional: true}}},
	{Kind: catalog.Study, Name: "confirm",
		Doc:    "When the verdicts are there: trains what the study found best beside the file as it is, on seeds that it has not used, and measures it on the test part, too. What was chosen for being best looks better than it is; this does not.",
		Params: []catalog.Param{{Name: "seeds", Doc: "How many fresh pairs.", Type: catalog.Int().AtLeast(2)}}},
	{Kind: catalog.Study, Name: "search", Many: true, NotYet: bySearch,
		Doc: "A setting to search over.",
		Params: []catalog.Param{
			{Name: "path", Type: catalog.Path(), Positional: true},
			{Name: "over", Type: catalog.RangeOf().OrElse(catalog.ListOf(catalog.Any())), Positional: true},
			{Name: "log", Type: catalog.Flag(), Default: catalog.B(false)}}},
	{Kind: catalog.Study, Name: "grow", Many: true, NotYet: bySearch,
		Doc: "A setting to grow while the network underfits.",
		Params: []catalog.Param{
			{Name: "path", Type: catalog.Path(), Positional: true},
			{Name: "factor", Type: catalog.Num().Above(1), Default: catalog.Nothing()},
			{Name: "step", Type: catalog.Count(), Default: catalog.Nothing()},
			{Name: "max", Type: catalog.Positive()}}},
	{Kind: catalog.Study, Name: "while", NotYet: bySearch,
		Doc:    "How long growing goes on: a condition over metrics.",
		Params: []catalog.Param{{Name: "condition", Type: catalog.Expr(), Positional: true}}},
}
