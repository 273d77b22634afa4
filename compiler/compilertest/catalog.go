// Package compilertest helps tests of the compiler: a catalog that stands in for the runtime's constructs,
// which the compiler may not import, a describer that invents data sets, and functions that compile a text and print what
// came of it.
package compilertest

import (
	"sync"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
)

func sig(kind catalog.Kind, name string, params ...catalog.Param) catalog.Signature {
	return catalog.Signature{Kind: kind, Name: name, Doc: name, Params: params}
}

// pos is a positional parameter, with its default where one is given; named is one that is not.
func pos(name string, t catalog.Type, byDefault ...*model.Value) catalog.Param {
	p := named(name, t, byDefault...)
	p.Positional = true
	return p
}

func named(name string, t catalog.Type, byDefault ...*model.Value) catalog.Param {
	p := catalog.Param{Name: name, Type: t}
	if len(byDefault) > 0 {
		p.Default = byDefault[0]
	}
	return p
}

func many(s catalog.Signature) catalog.Signature { s.Many = true; return s }

func body(s catalog.Signature, of catalog.Kind) catalog.Signature { s.Body = of; return s }

func rest(s catalog.Signature, name string, t catalog.Type) catalog.Signature {
	s.Rest = &catalog.Param{Name: name, Type: t}
	return s
}

func notYet(s catalog.Signature) catalog.Signature {
	s.NotYet = "fine-tuning will run it"
	return s
}

// Catalog knows the compiler's own constructs, and of the runtime's as many as the programs of spec/programs and
// the standard library's cards use, with the same names and parameters.
var Catalog = sync.OnceValue(func() *catalog.Catalog {
	return catalog.Assemble(compiler.Signatures(), dataSignatures(), augmentSignatures(), trainSignatures(), valueSignatures(), studySignatures())
})

func dataSignatures() []catalog.Signature {
	const k = catalog.Data
	columns := func(name string) catalog.Signature { return rest(many(sig(k, name)), "columns", catalog.Name()) }
	share := catalog.NonNegative().WithUnits("%")
	return []catalog.Signature{
		sig(k, "from", pos("source", catalog.New(catalog.Source))),
		rest(sig(k, "target", named("classes", catalog.Flag(), catalog.B(false))), "columns", catalog.Name()),
		columns("number"), columns("category"), columns("drop"),
		sig(k, "split", named("train", share, catalog.Nothing()), named("valid", share, catalog.Nothing()), named("test", share, catalog.Nothing()),
			named("by", catalog.Name(), catalog.Nothing()), named("seed", catalog.Int().AtLeast(0), catalog.N(1))),
		sig(k, "impute", pos("method", catalog.Word("median", "mean", "zero"))),
		many(sig(k, "scale", pos("method", catalog.New(catalog.Scale)), named("on", catalog.ListOf(catalog.Name()), catalog.W("features")))),
		sig(k, "resize", pos("height", catalog.Count().WithUnits("px")), pos("width", catalog.Count().WithUnits("px"), catalog.Nothing())),
		body(sig(k, "augment"), catalog.Augment),

		sig(catalog.Source, "digits"),
		sig(catalog.Source, "idx", pos("dir", catalog.Text())),
		sig(catalog.Source, "cifar10", pos("dir", catalog.Text())),
		sig(catalog.Source, "folder", pos("dir", catalog.Text())),
		sig(catalog.Source, "npz", pos("file", catalog.Text())),
		sig(catalog.Source, "csv", pos("file", catalog.Text()), named("missing", catalog.Text(), catalog.S(""))),

		sig(catalog.Scale, "standardize", named("mean", catalog.ListOf(catalog.Num()), catalog.Nothing()), named("std", catalog.ListOf(catalog.Num()), catalog.Nothing())),
		sig(catalog.Scale, "range", pos("lo", catalog.Num(), catalog.N(0)), pos("hi", catalog.Num(), catalog.N(1))),
	}
}

func augmentSignatures() []catalog.Signature {
	chance := named("p", catalog.Probability(), catalog.N(1))
	aug := func(name string, params ...catalog.Param) catalog.Signature {
		return many(sig(catalog.Augment, name, params...))
	}
	pixels := catalog.Count().WithUnits("px")
	return []catalog.Signature{
		aug("crop", pos("pad", pixels), chance),
		aug("flip", pos("axis", catalog.Word("horizontal", "vertical")), named("p", catalog.Probability(), catalog.N(0.5))),
		aug("shift", pos("max", catalog.NonNegative().WithUnits("px", "%")), chance),
		aug("rotate", pos("max", catalog.NonNegative().WithUnits("deg")), chance),
		aug("jitter", pos("std", catalog.NonNegative(), catalog.N(0)), chance),
		aug("cutout", pos("size", pixels), chance),
		aug("erase", chance),
		aug("mixup", pos("alpha", catalog.Positive())),
		aug("cutmix", pos("alpha", catalog.Positive()), chance),
	}
}

func trainSignatures() []catalog.Signature {
	const k = catalog.Train
	on := named("on", catalog.Word("weights", "biases", "norms", "embeddings", "all"), catalog.W("weights"))
	penalty := func(name string) catalog.Signature {
		return many(sig(k, name, pos("c", catalog.NonNegative()), on))
	}
	optimizer := sig(k, "optimizer", pos("rule", catalog.New(catalog.Optimizer)))
	optimizer.Foreign = []string{"optim"}
	epochs := sig(k, "epochs", pos("n", catalog.Count().WithUnits("epochs")))
	epochs.Foreign = []string{"num_epochs"}
	return []catalog.Signature{
		sig(k, "model", pos("name", catalog.Name())),
		optimizer, epochs,
		sig(k, "schedule", pos("curve", catalog.New(catalog.Schedule))),
		sig(k, "warmup", pos("length", catalog.Length().NeedsUnit())),
		sig(k, "clip", pos("by", catalog.New(catalog.Clip))),
		sig(k, "ema", pos("decay", catalog.Fraction())),
		penalty("l1"), penalty("l2"), penalty("decay"),
		sig(k, "max_norm", pos("c", catalog.Positive())),
		sig(k, "batch", pos("size", catalog.Count())),
		sig(k, "shuffle", catalog.Param{Name: "when", Type: catalog.Word("each_epoch", "once", "never"), Default: catalog.W("each_epoch"), Positional: true}),
		sig(k, "stop", pos("rule", catalog.New(catalog.Stop))),
		sig(k, "seed", pos("n", catalog.Int().AtLeast(0))),
		body(sig(k, "augment"), catalog.Augment),
		rest(sig(k, "report"), "metrics", catalog.New(catalog.Metric)),
		sig(k, "examples", pos("n", catalog.Count())),
		notYet(many(sig(k, "rate", pos("factor", catalog.NonNegative()), named("on", catalog.Path())))),
		notYet(rest(many(sig(k, "freeze")), "nodes", catalog.Path())),
		notYet(body(many(sig(k, "phase", pos("name", catalog.Name(), catalog.Nothing()))), k)),
		notYet(body(sig(k, "start", pos("from", catalog.Any())), k)),
		sig(catalog.Stop, "early", named("patience", catalog.Count().WithUnits("epochs").NeedsUnit(), catalog.NUnit(5, "epochs"))),
	}
}

func studySignatures() []catalog.Signature {
	const k = catalog.Study
	return []catalog.Signature{
		many(sig(k, "metric", pos("of", catalog.Expr()), named("margin", catalog.Positive().WithUnits("%"), catalog.Nothing()))),
		sig(k, "seeds", pos("n", catalog.Count())),
		rest(sig(k, "tricks"), "names", catalog.Expr()),
		rest(sig(k, "factors"), "names", catalog.Expr()),
		body(many(sig(k, "try", pos("name", catalog.Name()))), catalog.Edit),
		body(many(sig(k, "variant", pos("name", catalog.Name()))), catalog.Edit),
	}
}

func valueSignatures() []catalog.Signature {
	lr := named("lr", catalog.Positive(), catalog.N(0.001))
	mode := named("mode", catalog.Word("normal", "uniform"), catalog.W("normal"))
	adam := []catalog.Param{lr, named("beta1", catalog.Fraction(), catalog.N(0.9)), named("beta2", catalog.Fraction(), catalog.N(0.999))}
	length := catalog.ListOf(catalog.Length().NeedsUnit())
	return []catalog.Signature{
		sig(catalog.Optimizer, "sgd", named("lr", catalog.Positive()), named("momentum", catalog.Fraction(), catalog.N(0)), named("nesterov", catalog.Flag(), catalog.B(false))),
		sig(catalog.Optimizer, "adam", adam...),
		sig(catalog.Optimizer, "adamw", append(adam[:3:3], named("weight_decay", catalog.NonNegative(), catalog.N(0.01)))...),
		sig(catalog.Optimizer, "rmsprop", lr, named("momentum", catalog.Fraction(), catalog.N(0))),
		sig(catalog.Optimizer, "adagrad", lr),

		sig(catalog.Schedule, "constant"),
		sig(catalog.Schedule, "cosine", pos("min", catalog.Probability(), catalog.N(0))),
		sig(catalog.Schedule, "linear", pos("to", catalog.Probability(), catalog.N(0))),
		sig(catalog.Schedule, "step", pos("at", length), pos("factor", catalog.Positive(), catalog.N(0.1))),
		sig(catalog.Schedule, "one_cycle", named("pct_start", catalog.Num().Above(0).Below(1).WithUnits("%"), catalog.N(0.3))),
		sig(catalog.Schedule, "plateau", named("patience", catalog.Int().AtLeast(0).WithUnits("epochs"), catalog.NUnit(10, "epochs"))),

		sig(catalog.Clip, "norm", pos("max", catalog.Positive())),
		sig(catalog.Clip, "value", pos("max", catalog.Positive())),

		sig(catalog.Init, "he", mode), sig(catalog.Init, "glorot", mode), sig(catalog.Init, "lecun", mode),
		sig(catalog.Init, "normal", pos("std", catalog.Positive())),
		sig(catalog.Init, "uniform", pos("min", catalog.Num()), pos("max", catalog.Num())),
		sig(catalog.Init, "orthogonal", named("gain", catalog.Positive(), catalog.N(1))),
		sig(catalog.Init, "zeros"), sig(catalog.Init, "ones"),

		sig(catalog.Metric, "accuracy"), sig(catalog.Metric, "loss"), sig(catalog.Metric, "gap"), sig(catalog.Metric, "top", pos("k", catalog.Count(), catalog.N(5))),
		sig(catalog.Metric, "mae"), sig(catalog.Metric, "rmse"), sig(catalog.Metric, "r2"), sig(catalog.Metric, "confusion"),
	}
}
