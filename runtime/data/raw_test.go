package data

import (
	"slices"
	"testing"

	"github.com/netc-lang/netc/compiler/model"
)

// Raw is what the examples are made of, however they are scaled.
func TestRaw(t *testing.T) {
	for name, scaling := range map[string]*model.Node{
		"channels": scale(t, "standardize", nil),
		"features": scale(t, "standardize", args{"per": word("feature")}),
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, ".", section(from(t, "digits", nil), scaling).Settings...)
			r := d.Raw()
			want, got := make([]float32, r.Features), make([]float32, r.Features)
			for i := range 5 {
				d.Train.Example(i, want)
				id := int(d.Train.ID(i))
				for k := range got {
					got[k] = r.Table[k%r.Period*256+int(r.Bytes[id*r.Features+k])]
				}
				if !slices.Equal(got, want) {
					t.Errorf("example %d is %v, not %v", i, got, want)
				}
				if int(r.Labels[id]) != d.Train.Label(i) {
					t.Errorf("example %d is of class %d, not %d", i, r.Labels[id], d.Train.Label(i))
				}
			}
		})
	}
}
