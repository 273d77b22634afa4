package augment

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/rng"
	"github.com/netc-lang/netc/lang/diag"
)

var _ = register(spec{
	Signature: catalog.Signature{
		Name: "jitter",
		Doc: "Disturbs the numbers of an example: Gaussian noise on every feature (tables too) and, for images, brightness, contrast and saturation. " +
			"Amounts are in the units of scaled features: after standardize, 0.1 is a tenth of a standard deviation. Noise of small variance acts like L2 on the gradient of the network.",
		Paper: "Bishop 1995, Neural Computation 7:108-116; Krizhevsky et al. 2012, NeurIPS (colour)",
		Params: []catalog.Param{
			{Name: "std", Doc: "standard deviation of the noise added to every feature", Positional: true,
				Type: catalog.NonNegative(), Default: catalog.N(0)},
			{Name: "brightness", Doc: "adds one number in [-brightness, brightness] to the whole image",
				Type: catalog.NonNegative(), Default: catalog.N(0)},
			{Name: "contrast", Doc: "stretches the image about its mean by a factor in [1 - contrast, 1 + contrast]",
				Type: catalog.Probability(), Default: catalog.N(0)},
			{Name: "saturation", Doc: "stretches each pixel about the mean of its channels by a factor in [1 - saturation, 1 + saturation]",
				Type: catalog.Probability(), Default: catalog.N(0)},
			chance(1),
		},
		Foreign: []string{"GaussianNoise", "ColorJitter", "RandomBrightness", "RandomContrast"},
	},
	make: func(n *model.Node, in input) (any, *diag.Diagnostic) {
		j := jitter{float32(n.Args.Num("std")), float32(n.Args.Num("brightness")), float32(n.Args.Num("contrast")),
			float32(n.Args.Num("saturation")), n.Args.Num("p")}
		if j.std == 0 && j.brightness == 0 && j.contrast == 0 && j.saturation == 0 {
			return nil, diag.Errorf(DoesNothing, n.Span, "jitter without an amount changes nothing").
				WithHelp("say how much: jitter 0.1, or jitter brightness = 0.2, contrast = 0.2")
		}
		if len(in.shape) != 3 {
			for _, name := range []string{"brightness", "contrast", "saturation"} {
				if v := n.Args[name]; v.Num != 0 {
					return nil, diag.Errorf(ImagesOnly, place(v, n), "%s is for images; these examples are rows of %d numbers", name, in.features).
						WithHelp("for a table write jitter 0.1, noise on every number")
				}
			}
		}
		if v := n.Args["saturation"]; v.Num != 0 && in.shape[2] == 1 {
			return nil, diag.Errorf(DoesNothing, place(v, n), "saturation changes nothing in images of one channel").
				WithHelp("remove saturation")
		}
		return j, nil
	},
})

type jitter struct {
	std, brightness, contrast, saturation float32
	p                                     float64
}

func (j jitter) apply(e *example) bool {
	if !happens(&e.draws, j.p) {
		return false
	}
	// All three are drawn whatever the amounts are, so that setting one leaves the others' draws alone.
	brightness := e.draws.Between(-j.brightness, j.brightness)
	contrast := e.draws.Between(1-j.contrast, 1+j.contrast)
	saturation := e.draws.Between(1-j.saturation, 1+j.saturation)
	if j.brightness > 0 {
		for i := range e.x {
			e.x[i] += brightness
		}
	}
	if j.contrast > 0 {
		stretch(e.x, contrast)
	}
	if j.saturation > 0 {
		for i := 0; i < len(e.x); i += e.c {
			stretch(e.x[i:i+e.c], saturation)
		}
	}
	if j.std > 0 { // element noise has a lane of its own: c3 = 1
		for i := 0; i < len(e.x); i += 4 {
			z := rng.Normal(e.stream.Block(uint32(i/4), e.id, e.epoch, 1))
			for k := i; k < min(i+4, len(e.x)); k++ {
				e.x[k] += float32(j.std * z[k-i])
			}
		}
	}
	return true
}

// stretch scales the numbers about their mean.
func stretch(x []float32, factor float32) {
	sum := 0.0
	for _, v := range x {
		sum += float64(v)
	}
	mean := float32(sum / float64(len(x)))
	for i, v := range x {
		x[i] = mean + float32((v-mean)*factor)
	}
}
