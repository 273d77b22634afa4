package optim

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/runtime/kernel/cpu"
)

// maxSlots is the largest number of state buffers that a rule keeps.
const maxSlots = 3

// Slots are the stretches of a rule's state buffers that belong to the elements being updated.
type Slots [maxSlots][]float32

// Slot declares one state buffer of a rule: one number for each parameter element.
type Slot struct {
	Name  string  // what it holds: momentum, exp_avg
	Start float32 // its value before the first step
}

// Rule is an update rule. It is a value without state of its own: state lives in slots, so that all of it
// can be saved and restored.
type Rule interface {
	// Slots lists the state buffers that the rule needs.
	Slots() []Slot
	// Rate is the base learning rate, before the schedule.
	Rate() float64
	// Decay is the decoupled weight decay that belongs to the rule (adamw); 0 for the others.
	Decay() float64
	// Update does what comes before the rule, then changes p by the gradient g, elementwise, in one pass. lr is the rate of this
	// step, step counts from 1. It reports whether before.Cut changed a gradient.
	Update(k cpu.Updates, before *cpu.Before, p, g []float32, s Slots, lr float64, step int64) (cut bool)
	// Form describes the rule for code that carries it out elsewhere.
	Form() Form
}

type spec struct {
	signature catalog.Signature
	make      func(model.Args) Rule
}

var rules []spec

func register(s spec) spec { rules = append(rules, s); return s }

// Signatures lists the update rules and the clippings for the catalog.
func Signatures() []catalog.Signature {
	var list []catalog.Signature
	for _, r := range rules {
		list = append(list, r.signature)
	}
	for _, c := range clips {
		list = append(list, c.signature)
	}
	return list
}

// NewRule makes the rule of a resolved constructor, say sgd(lr = 0.1, momentum = 0.9). Its arguments have passed
// the signature's checks.
func NewRule(n *model.Node) (Rule, error) {
	for _, r := range rules {
		if r.signature.Name == n.Name {
			return r.make(n.Args), nil
		}
	}
	return nil, fmt.Errorf("there is no optimizer %s", n.Name)
}

// lrParam declares a learning rate with a default.
func lrParam(byDefault *model.Value) catalog.Param {
	return catalog.Param{
		Name: "lr", Doc: "Base learning rate, which the schedule multiplies.",
		Type: catalog.Positive(), Default: byDefault, Positional: true,
	}
}
