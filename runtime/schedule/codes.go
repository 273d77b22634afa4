package schedule

import "github.com/netc-lang/netc/lang/diag"

// The diagnostics of schedules. The checker finds unknown names before any schedule is made, so that code's example is a
// case of the package's tests.
var (
	LongWarmup = diag.Define("N0601", "LongWarmup",
		"The warmup takes all steps of the run, so that the learning rate hardly reaches the value written and the schedule never acts. Shorten it or train longer.",
		"data digits { from digits }\nmodel m { input digits; flatten; dense classes }\ntrain { loss cross_entropy; optimizer sgd(lr = 0.1); batch 64; epochs 1; warmup 2 epochs }")
	LateMilestone = diag.Define("N0602", "LateMilestone",
		"A milestone of a step schedule lies at or behind the end of the run, so it never acts.",
		"data digits { from digits }\nmodel m { input digits; flatten; dense classes }\ntrain { loss cross_entropy; optimizer sgd(lr = 0.1); batch 64; epochs 1; schedule step(at = [8 epochs]) }")
	UnknownSchedule = diag.Define("N0603", "UnknownSchedule",
		"No schedule has this name. Schedules are constant, step, cosine, linear, one_cycle and plateau.",
		"")
)
