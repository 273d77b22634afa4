package schedule

import "github.com/netc-lang/netc/lang/diag"

// The diagnostics of schedules.
var (
	LongWarmup = diag.Define("N0601", "LongWarmup",
		"The warmup takes all steps of the run, so that the learning rate hardly reaches the value written and the schedule never acts. Shorten it or train longer.",
		"train {\n  loss cross_entropy\n  optimizer sgd(lr = 0.1)\n  warmup 20 epochs\n  epochs 10\n}")
	LateMilestone = diag.Define("N0602", "LateMilestone",
		"A milestone of a step schedule lies at or behind the end of the run, so it never acts.",
		"train {\n  loss cross_entropy\n  optimizer sgd(lr = 0.1)\n  schedule step(at = [80 epochs], factor = 0.1)\n  epochs 10\n}")
	UnknownSchedule = diag.Define("N0603", "UnknownSchedule",
		"No schedule has this name. Schedules are constant, step, cosine, linear, one_cycle and plateau.",
		"train {\n  loss cross_entropy\n  optimizer sgd(lr = 0.1)\n  schedule cosin\n}")
)
