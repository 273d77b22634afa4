package compilertest

import "strings"

// CardProgram is a small program that uses the trick of a standard card, "" where there is none for it.
func CardProgram(name string) string {
	p := cardPrograms[name]
	if p == (cardProgram{}) {
		return ""
	}
	text := "data d { from digits\nDATA }\nmodel m { input d\nMODEL\nflatten; dense classes }\n" +
		"train { loss cross_entropy; optimizer sgd(lr = 0.1); batch 32; epochs 4\nTRAIN }\n"
	if p.whole != "" {
		return p.whole
	}
	for _, line := range []string{"loss", "optimizer"} { // a line of its own takes the place of the usual one
		if strings.HasPrefix(p.train, line+" ") {
			text = strings.Replace(text, map[string]string{"loss": "loss cross_entropy; ", "optimizer": "optimizer sgd(lr = 0.1); "}[line], "", 1)
		}
	}
	return strings.NewReplacer("DATA", p.data, "MODEL", p.model, "TRAIN", p.train).Replace(text)
}

type cardProgram struct{ data, model, train, whole string }

func layers(text string) cardProgram   { return cardProgram{model: text} }
func augment(text string) cardProgram  { return cardProgram{data: "augment { " + text + " }"} }
func settings(text string) cardProgram { return cardProgram{train: text} }

var cardPrograms = map[string]cardProgram{
	"relu": layers("act relu"), "leaky_relu": layers("act leaky_relu(0.1)"), "elu": layers("act elu"), "gelu": layers("act gelu"),
	"silu": layers("act silu"), "softplus": layers("act softplus"), "tanh": layers("act tanh"),
	"dropout": layers("dropout 0.5"), "gaussian_noise": layers("noise gaussian(0.1)"), "masking_noise": layers("noise mask(0.25)"),
	"batch_norm": layers("conv 8; norm batch"), "layer_norm": layers("conv 8; norm layer"), "group_norm": layers("conv 8; norm group(4)"),
	"skip":                   layers("residual 8"),
	"bottleneck":             layers("inception 4, 4, 8, 4, 8, 4"),
	"auxiliary_loss":         layers("head aux, weight = 0.3 { flatten; dense classes } instead of nothing as auxiliary_loss"),
	"global_average_pooling": layers("conv 8; pool average, global"),
	"max_pooling":            layers("pool max"),
	"squeeze_excite":         layers("conv 8; squeeze_excite"),
	"embeddings": {whole: "data d { from csv(\"a.csv\"); target y; number age; category work }\n" +
		"model m { input d; concat { path { take input.numbers }; path { take input.categories; embed 4 } }; dense classes }\n" +
		"train { loss cross_entropy; optimizer adam }\n"},
	"he_init": layers("init he"), "glorot_init": layers("init glorot"), "lecun_init": layers("init lecun"), "orthogonal_init": layers("init orthogonal"),

	"jitter": augment("jitter 0.1"), "flip": augment("flip horizontal"), "crop": augment("crop 1"), "shift": augment("shift 1"),
	"rotate": augment("rotate 10 deg"), "cutout": augment("cutout 2"), "erase": augment("erase"), "mixup": augment("mixup 0.2"), "cutmix": augment("cutmix 1"),
	"standardize": {data: "scale standardize"}, "range_scaling": {data: "scale range(0, 1)"},

	"l1": settings("l1 1e-5"), "l2": settings("l2 1e-4"), "decay": settings("decay 1e-2"), "max_norm": settings("max_norm 3"),
	"label_smoothing": settings("label_smoothing 0.1"), "early_stopping": settings("stop early(patience = 2 epochs)"),
	"weight_decay": settings("optimizer adamw(lr = 0.001)"), "momentum": settings("optimizer sgd(lr = 0.1, momentum = 0.9)"),
	"nesterov": settings("optimizer sgd(lr = 0.1, momentum = 0.9, nesterov)"), "adam": settings("optimizer adam(lr = 0.001)"),
	"adamw": settings("optimizer adamw(lr = 0.001)"), "rmsprop": settings("optimizer rmsprop(lr = 0.001)"), "adagrad": settings("optimizer adagrad(lr = 0.01)"),
	"cosine_schedule": settings("schedule cosine"), "step_schedule": settings("schedule step(at = [50%])"), "linear_schedule": settings("schedule linear"),
	"one_cycle": settings("schedule one_cycle"), "plateau": settings("schedule plateau"), "warmup": settings("warmup 1 epochs"),
	"shuffling": settings("shuffle"), "clip": settings("clip norm(1)"), "ema": settings("ema 0.99"),
	"linear_scaling": settings("linear_scaling"), "more_data": settings("examples 100; more_data"),
	"huber_loss": {whole: "data d { from csv(\"a.csv\"); target price; number age; scale standardize; scale standardize, on = target }\n" +
		"model m { input d; dense targets }\ntrain { loss huber(delta = 1); optimizer adam }\n"},
}
