package train

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
)

// on declares which parameters a penalty or a bound is for.
func on(byDefault string) catalog.Param {
	return catalog.Param{
		Name: "on", Doc: "Which parameters: weights (matrices, kernels and embedding tables), biases, norms (scales and shifts), embeddings, or all.",
		Type: catalog.Word("weights", "biases", "norms", "embeddings", "all"), Default: catalog.W(byDefault),
	}
}

const withFineTuning = "fine-tuning will run it, with phases and published weights"

// Signatures lists the settings of a train section and the stopping rules. `loss` and `label_smoothing` are the
// compiler's: they are part of the network.
func Signatures() []catalog.Signature { return signatures }

var signatures = []catalog.Signature{
	{
		Kind: catalog.Train, Name: "model",
		Doc:    "Which model is trained, by name; needed where the file has several.",
		Params: []catalog.Param{{Name: "name", Doc: "Name of a model section.", Type: catalog.Name(), Positional: true}},
	},
	{
		Kind: catalog.Train, Name: "optimizer",
		Doc:     "How gradients change the weights.",
		Params:  []catalog.Param{{Name: "rule", Doc: "The update rule with its learning rate: sgd(lr = 0.1, momentum = 0.9).", Type: catalog.New(catalog.Optimizer), Positional: true}},
		Foreign: []string{"optim", "solver"},
	},
	{
		Kind: catalog.Train, Name: "schedule",
		Doc:     "How the learning rate changes over the run. Off: it stays as it is.",
		Params:  []catalog.Param{{Name: "curve", Doc: "The schedule: cosine, step(at = [50%, 75%]) …", Type: catalog.New(catalog.Schedule), Positional: true}},
		Foreign: []string{"scheduler", "lr_schedule", "lr_scheduler"},
	},
	{
		Kind: catalog.Train, Name: "warmup",
		Doc:    "The learning rate rises linearly over the first steps: (i+1)/w of it at step i of w. The schedule fills what is left; off, it fills everything.",
		Paper:  "Goyal et al. 2017, arXiv:1706.02677",
		Params: []catalog.Param{{Name: "length", Doc: "How long: 5 epochs, 500 steps, 5%.", Type: catalog.Length().NeedsUnit(), Positional: true}},
	},
	{
		Kind: catalog.Train, Name: "clip",
		Doc:     "Bounds gradients before they are used, and before penalties are added to them.",
		Params:  []catalog.Param{{Name: "by", Doc: "norm(max) or value(max).", Type: catalog.New(catalog.Clip), Positional: true}},
		Foreign: []string{"clip_grad", "grad_clip", "clip_grad_norm"},
	},
	{
		Kind: catalog.Train, Name: "ema",
		Doc:   "Evaluation and the final weights use an exponential moving average of the weights and of the running statistics: a = d*a + (1-d)*w after each step.",
		Paper: "Polyak and Juditsky 1992; Tarvainen and Valpola 2017, NeurIPS",
		Params: []catalog.Param{
			{Name: "decay", Doc: "The share d of the average that is kept in each step.", Type: catalog.Fraction(), Positional: true},
			{Name: "warmup", Doc: "In update t (from 0) d is at most (1+t)/(10+t), so that a short run is not held back by its first weights.", Type: catalog.Flag(), Default: catalog.B(true)},
		},
		Foreign: []string{"weight_averaging", "polyak"},
	},
	{
		Kind: catalog.Train, Name: "l1", Many: true,
		Doc:    "Adds c*sign(w) to the gradient of w, which drives weights to exactly zero.",
		Paper:  "Tibshirani 1996, JRSS B 58(1)",
		Params: []catalog.Param{{Name: "c", Doc: "Strength.", Type: catalog.NonNegative(), Positional: true}, on("weights")},
	},
	{
		Kind: catalog.Train, Name: "l2", Many: true,
		Doc:     "Adds c*w to the gradient of w (the gradient of c/2*|w|^2; PyTorch's weight_decay of all optimizers but AdamW).",
		Paper:   "Krogh and Hertz 1991, NeurIPS",
		Params:  []catalog.Param{{Name: "c", Doc: "Strength.", Type: catalog.NonNegative(), Positional: true}, on("weights")},
		Foreign: []string{"weight_decay", "ridge"},
	},
	{
		Kind: catalog.Train, Name: "decay", Many: true,
		Doc:    "Decoupled weight decay: w *= 1 - lr*c before each update, whatever the update rule makes of gradients.",
		Paper:  "Loshchilov and Hutter 2019, ICLR",
		Params: []catalog.Param{{Name: "c", Doc: "Strength.", Type: catalog.NonNegative(), Positional: true}, on("weights")},
	},
	{
		Kind: catalog.Train, Name: "max_norm",
		Doc:    "After each update, scales the weights that enter a unit down to L2 norm c where they are longer. Matrices and kernels only.",
		Paper:  "Srivastava et al. 2014, JMLR 15:1929-1958",
		Params: []catalog.Param{{Name: "c", Doc: "Largest norm.", Type: catalog.Positive(), Positional: true}},
	},
	{
		Kind: catalog.Train, Name: "batch",
		Doc:     "Examples in one step. The last step of an epoch takes what is left.",
		Params:  []catalog.Param{{Name: "size", Doc: "Number of examples.", Type: catalog.Count(), Positional: true}},
		Foreign: []string{"batch_size"},
	},
	{
		Kind: catalog.Train, Name: "shuffle",
		Doc:   "In which order examples come. Without this line: a new random order each epoch. Draws of weights, masks and augmentation do not depend on it.",
		Paper: "Bottou 2009, Curiously fast convergence of some stochastic gradient descent algorithms",
		Params: []catalog.Param{{Name: "when", Doc: "each_epoch: a new random order each epoch; once: one random order for the whole run; never: the order of the file.",
			Type: catalog.Word("each_epoch", "once", "never"), Default: catalog.W("each_epoch"), Positional: true}},
	},
	{
		Kind: catalog.Train, Name: "epochs",
		Doc:     "How often training goes through all examples of the training part.",
		Params:  []catalog.Param{{Name: "n", Doc: "Number of epochs.", Type: catalog.Count().WithUnits("epochs"), Positional: true}},
		Foreign: []string{"num_epochs", "max_epochs", "epoch"},
	},
	{
		Kind: catalog.Train, Name: "stop",
		Doc:    "Ends training before all epochs are done. Off: all epochs run.",
		Params: []catalog.Param{{Name: "rule", Doc: "early(patience = 5 epochs).", Type: catalog.New(catalog.Stop), Positional: true}},
	},
	{
		Kind: catalog.Stop, Name: "early",
		Doc:   "Stops when the watched metric has not improved by more than min_delta for `patience` epochs in a row, and goes back to the weights of the best epoch.",
		Paper: "Prechelt 1998, Neural Networks: Tricks of the Trade",
		Params: []catalog.Param{
			{Name: "patience", Doc: "Epochs without improvement that are borne.", Type: catalog.Count().WithUnits("epochs").NeedsUnit(), Default: catalog.NUnit(5, "epochs")},
			{Name: "on", Doc: "The metric that is watched: valid.loss, valid.accuracy …", Type: catalog.Path(), Default: &model.Value{Kind: model.PathRef, Str: "valid.loss"}},
			{Name: "min_delta", Doc: "Smallest change that counts as an improvement, in the metric's units.", Type: catalog.NonNegative().WithUnits("%"), Default: catalog.N(0)},
			{Name: "restore", Doc: "End with the weights of the best epoch, also when all epochs have run.", Type: catalog.Flag(), Default: catalog.B(true)},
		},
		Foreign: []string{"early_stopping", "EarlyStopping", "patience"},
	},
	{
		Kind: catalog.Train, Name: "seed",
		Doc:     "What initial weights, order, augmentation and masks are drawn from. 1 where it is not given.",
		Params:  []catalog.Param{{Name: "n", Doc: "A whole number.", Type: catalog.Int().AtLeast(0).AtMost(1 << 53), Positional: true}},
		Foreign: []string{"random_seed", "manual_seed"},
	},
	{
		Kind: catalog.Train, Name: "augment", Body: catalog.Augment,
		Doc: "Random changes of training examples, on top of the data section's own and after them.",
	},
	{
		Kind: catalog.Train, Name: "report",
		Doc:     "Metrics to measure besides those that every run has: loss, and accuracy of classes, or mae, rmse and r2 of numbers.",
		Rest:    &catalog.Param{Name: "metrics", Doc: "A metric.", Type: catalog.New(catalog.Metric)},
		Foreign: []string{"metrics", "metric"},
	},
	{
		Kind: catalog.Train, Name: "examples",
		Doc:    "Train on this many examples of the training part only: the first of a fixed random order that keeps the shares of the classes.",
		Params: []catalog.Param{{Name: "n", Doc: "Number of examples.", Type: catalog.Count(), Positional: true}},
	},
	{
		Kind: catalog.Train, Name: "checkpoint",
		Doc:    "How often all that a resumed run needs is saved; without this line after every epoch.",
		Params: []catalog.Param{{Name: "every", Doc: "Between one checkpoint and the next: 5 epochs, 200 steps.", Type: catalog.Length().Above(0).NeedsUnit(), Positional: true}},
	},
	{
		Kind: catalog.Train, Name: "precision",
		Doc: "How matrix products and convolutions multiply on a graphics card: fp32 exactly as floats; tf32 with the leading 10 bits of a mantissa; bf16 with the leading 7. " +
			"Weights, sums and all else are float32 in any case. The processor multiplies in fp32 only.",
		Paper:   "Micikevicius et al. 2018, ICLR (arXiv:1710.03740); Kalamkar et al. 2019, arXiv:1905.12322",
		Params:  []catalog.Param{{Name: "format", Doc: "fp32, tf32 or bf16.", Type: catalog.Word("fp32", "tf32", "bf16"), Positional: true}},
		Foreign: []string{"dtype", "amp", "mixed_precision", "autocast"},
	},
	{
		Kind: catalog.Train, Name: "rate", Many: true, NotYet: withFineTuning,
		Doc: "Multiplies the learning rate of some nodes.",
		Params: []catalog.Param{
			{Name: "factor", Doc: "What it is multiplied by.", Type: catalog.NonNegative(), Positional: true},
			{Name: "on", Doc: "The nodes.", Type: catalog.Path()},
		},
	},
	{
		Kind: catalog.Train, Name: "freeze", Many: true, NotYet: withFineTuning,
		Doc:  "Keeps weights and running statistics of some nodes as they are.",
		Rest: &catalog.Param{Name: "nodes", Doc: "A selector of nodes.", Type: catalog.Path()},
	},
	{
		Kind: catalog.Train, Name: "phase", Many: true, Body: catalog.Train, NotYet: withFineTuning,
		Doc:    "A stretch of training with settings of its own; weights carry over by path.",
		Params: []catalog.Param{{Name: "name", Doc: "Name of the phase.", Type: catalog.Name(), Positional: true, Default: catalog.Nothing()}},
	},
	{
		Kind: catalog.Train, Name: "start", Body: catalog.Train, NotYet: withFineTuning,
		Doc:    "Where the weights come from: another train section, or a file.",
		Params: []catalog.Param{{Name: "from", Doc: "A train section's name, or file(\"weights.safetensors\").", Type: catalog.Any(), Positional: true}},
	},
}
