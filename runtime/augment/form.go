package augment

// Form describes one augmentation of a pipeline, for code that carries it out elsewhere, on a device say. Fields that its kind does not
// use are zero.
type Form struct {
	Path string // of its random stream
	Kind Kind
	P    float64 // probability that an example is changed

	Vertical   bool       // of Flip
	MaxY, MaxX int        // of Move: pixels
	Turns      float64    // of Rotate: largest angle, as a share of a full turn
	Fill       Fill       // of Move and Rotate
	Size       int        // of Cutout
	Area       [2]float32 // of Erase
	Aspect     [2]float32 // of Erase
	Noise      bool       // of Erase

	Std, Brightness, Contrast, Saturation float32 // of Jitter

	Alpha float64 // of Mixup and Cutmix
}

// Kind is what an augmentation does.
type Kind int

// The kinds. Crop and shift are both moves.
const (
	Flip Kind = iota
	Move
	Rotate
	Cutout
	Erase
	Jitter
	Mixup
	Cutmix
)

// Fill is what stands where an image was moved away.
type Fill int

// The fills.
const (
	FillZero Fill = iota
	FillEdge
	FillReflect
)

// Forms describes the augmentations in their order. A nil pipeline has none.
func (p *Pipeline) Forms() []Form {
	if p == nil {
		return nil
	}
	list := make([]Form, len(p.steps))
	for i, s := range p.steps {
		if s.example != nil {
			list[i] = s.example.form()
		} else {
			list[i] = s.batch.form()
		}
		list[i].Path = s.path
	}
	return list
}

func fillOf(name string) Fill {
	switch name {
	case fillEdge:
		return FillEdge
	case fillReflect:
		return FillReflect
	}
	return FillZero
}

func (f flip) form() Form { return Form{Kind: Flip, P: f.p, Vertical: f.vertical} }

func (t translation) form() Form {
	return Form{Kind: Move, P: t.p, MaxY: t.maxY, MaxX: t.maxX, Fill: fillOf(t.fill)}
}

func (r rotate) form() Form { return Form{Kind: Rotate, P: r.p, Turns: r.turns, Fill: fillOf(r.fill)} }

func (c cutout) form() Form { return Form{Kind: Cutout, P: c.p, Size: c.size} }

func (r erase) form() Form {
	return Form{Kind: Erase, P: r.p, Area: [2]float32{r.areaLo, r.areaHi}, Aspect: [2]float32{r.aspectLo, r.aspectHi}, Noise: r.noise}
}

func (j jitter) form() Form {
	return Form{Kind: Jitter, P: j.p, Std: j.std, Brightness: j.brightness, Contrast: j.contrast, Saturation: j.saturation}
}

func (m mixup) form() Form { return Form{Kind: Mixup, P: m.p, Alpha: m.alpha} }

func (m cutmix) form() Form { return Form{Kind: Cutmix, P: m.p, Alpha: m.alpha} }
