// Package runtime carries programs out: data and augmentation, the executor with its kernels, training, what is stored and
// reported. Its sub-packages do the work; this one only assembles what the language offers.
package runtime

import (
	"sync"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/runtime/augment"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/initial"
	"github.com/netc-lang/netc/runtime/metric"
	"github.com/netc-lang/netc/runtime/optim"
	"github.com/netc-lang/netc/runtime/schedule"
	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/runtime/train"
)

// Catalog is every construct of the language: the compiler's own, and those that the runtime declares beside
// the code that carries them out.
var Catalog = sync.OnceValue(func() *catalog.Catalog {
	return catalog.Assemble(
		compiler.Signatures(),
		data.Signatures(),
		augment.Signatures(),
		initial.Signatures(),
		optim.Signatures(),
		schedule.Signatures(),
		metric.Signatures(),
		train.Signatures(),
		study.Signatures(),
	)
})
