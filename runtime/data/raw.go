package data

// Raw is a data set as it is kept, by the ids of the examples, for devices that make batches themselves. The slices are the data
// set's own.
type Raw struct {
	Features, Outputs, Categories int // numbers of an example, of its row of targets, and its category columns

	Floats []float32 // features, filled and scaled; or
	Bytes  []byte    // features as bytes, looked up in
	Table  []float32 // Period tables of 256 numbers: feature k in table k % Period
	Period int

	Labels  []int32   // classes; or
	Targets []float32 // rows of targets

	Codes []float32 // rows of category codes
}

// Raw gives the contents.
func (d *Dataset) Raw() Raw {
	p := d.Train
	r := Raw{Features: p.Features(), Outputs: p.Outputs(), Categories: p.Categories(), Floats: p.floats, Bytes: p.bytes, Codes: p.codes}
	if p.Classification() {
		r.Labels = p.labels
	} else {
		r.Targets = p.y
	}
	switch {
	case p.bytes == nil:
	case p.perFeature == nil:
		r.Table, r.Period = p.table, len(p.table)/256
	default:
		r.Period = len(p.perFeature)
		for _, a := range p.perFeature {
			for v := range 256 {
				r.Table = append(r.Table, float32(a.Apply(float64(v))))
			}
		}
	}
	return r
}
