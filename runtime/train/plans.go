package train

import (
	"sync"

	"github.com/netc-lang/netc/compiler/network"
)

// Plans keeps networks made ready for trials of one program that differ in their seeds alone: lowering and planning are done once. Neither
// a network nor a plan holds data of a run, so trials beside each other share them. A Plans serves one program and one Executor.
type Plans struct {
	mu    sync.Mutex
	units map[planKey]*Unit
}

type planKey struct {
	mode  network.Mode
	batch int
}

// get gives the unit for a mode and batch size, which make makes where there is none yet. A nil Plans keeps nothing.
func (p *Plans) get(mode network.Mode, batch int, make func() (*Unit, error)) (*Unit, error) {
	if p == nil {
		return make()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := planKey{mode, batch}
	if u := p.units[key]; u != nil {
		return u, nil
	}
	u, err := make()
	if err != nil {
		return nil, err
	}
	if p.units == nil {
		p.units = map[planKey]*Unit{}
	}
	p.units[key] = u
	return u, nil
}
