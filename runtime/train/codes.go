package train

import "github.com/netc-lang/netc/lang/diag"

const program = "data digits { from digits }\nmodel m { input digits; flatten; dense classes }\n"

// The diagnostics of training.
var (
	MissingSetting = diag.Define("N0620", "MissingSetting",
		"A train section needs an optimizer, a batch size and a number of epochs: none has a default that would suit all networks.",
		program+"train { loss cross_entropy; optimizer adam; batch 64 }")
	TwoDecays = diag.Define("N0621", "TwoDecays",
		"adamw is shorthand for adam with `decay`. Together they would shrink the weights twice.",
		program+"train { loss cross_entropy; optimizer adamw; decay 0.01; batch 64; epochs 1 }")
	NesterovAlone = diag.Define("N0622", "NesterovAlone",
		"nesterov without momentum does nothing.",
		program+"train { loss cross_entropy; optimizer sgd(lr = 0.1, nesterov); batch 64; epochs 1 }")
	WatchesTest = diag.Define("N0623", "WatchesTest",
		"A stopping rule or a schedule may not look at the test part: it is read once, at the end, by weights that were chosen without it.",
		program+"train { loss cross_entropy; optimizer adam; batch 64; epochs 1; stop early(on = test.loss) }")
	WatchesNothing = diag.Define("N0624", "WatchesNothing",
		"A stopping rule or a schedule watches a metric that the run does not measure, or a part that the data do not have.",
		program+"train { loss cross_entropy; optimizer adam; batch 64; epochs 1; stop early(on = valid.rmse) }")
	UnfitMetric = diag.Define("N0625", "UnfitMetric",
		"A reported metric has no meaning for the target: accuracy is for classes, rmse for numbers.",
		program+"train { loss cross_entropy; optimizer adam; batch 64; epochs 1; report rmse }")
	TooManyExamples = diag.Define("N0626", "TooManyExamples",
		"`examples` asks for more than the training part has.",
		program+"train { loss cross_entropy; optimizer adam; batch 64; epochs 1; examples 1000000 }")
	NotFinite = diag.Define("N0627", "NotFinite",
		"The loss became NaN or infinite. The message names the first node and step at which it happened. Usually the learning rate is too high.",
		"data digits { from digits }\nmodel m { input digits; flatten; dense 16; act relu; dense classes }\ntrain { loss cross_entropy; optimizer sgd(lr = 1e30); batch 64; epochs 1 }")
	LoneExample = diag.Define("N0628", "LoneExample",
		"The last batch of an epoch has a single example, of which batch normalization cannot take a variance.",
		"data digits { from digits }\nmodel m { input digits; flatten; dense 8; norm batch; dense classes }\ntrain { loss cross_entropy; optimizer adam; batch 64; epochs 1; examples 65 }")
	OtherProgram = diag.Define("N0629", "OtherProgram",
		"A checkpoint was written by another program, or by one with other data, so that a resumed run would not be the run that was interrupted.", "")
	NeedsDevice = diag.Define("N0631", "NeedsDevice",
		"Reduced precision is for graphics cards; the processor multiplies in fp32 only.",
		program+"train { loss cross_entropy; optimizer adam; batch 64; epochs 1; precision bf16 }")
	NothingTrained = diag.Define("N0630", "NothingTrained",
		"The network has no parameter that training could change.",
		"data digits { from digits }\nmodel m { input digits; pool average, kernel = [4, 7], stride = 1, padding = 0; flatten }\ntrain { loss cross_entropy; optimizer adam; batch 64; epochs 1 }")
)
