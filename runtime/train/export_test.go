package train

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
)

// TestCatalog is all of the language that a run needs, without studies.
var TestCatalog = sync.OnceValue(func() *catalog.Catalog {
	return catalog.Assemble(compiler.Signatures(), data.Signatures(), augment.Signatures(), initial.Signatures(), optim.Signatures(),
		schedule.Signatures(), metric.Signatures(), Signatures())
})
