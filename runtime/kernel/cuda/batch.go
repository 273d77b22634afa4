package cuda

import (
	"errors"
	"fmt"
	"math"

	"github.com/netc-lang/netc/compiler/rng"
	"github.com/netc-lang/netc/runtime/augment"
	"github.com/netc-lang/netc/runtime/device"
)

// Batches gathers the batches of stacked trials from a data set that lies in device memory, and augments them: the same draws for
// each example, and the same arithmetic, as packages data and augment.
type Batches struct {
	config BatchConfig
	steps  [][]augment.Form // of each augmentation, that of each trial
}

// BatchConfig says what batches are made of.
type BatchConfig struct {
	Trials     int
	N          int   // examples of a batch
	Shape      []int // of an example: height, width, channels, or the number of features
	Outputs    int   // width of a row of targets
	Categories int   // category columns

	// Pipelines are the augmentations of each trial; nil for evaluation. Trials may lack augmentations that others have; what they share
	// must stand in the same order.
	Pipelines [][]augment.Form
}

// NewBatches makes the kernels. An error says why the trials' augmentations cannot be stacked.
func NewBatches(c BatchConfig) (*Batches, error) {
	if c.Trials < 1 || c.N < 1 || (len(c.Shape) != 1 && len(c.Shape) != 3) {
		return nil, fmt.Errorf("cannot make batches of %d examples of shape %v for %d trials", c.N, c.Shape, c.Trials)
	}
	b := &Batches{config: c}
	if c.N*b.features() > maxElements {
		return nil, fmt.Errorf("a batch of %d examples of %v has more than %d numbers", c.N, c.Shape, maxElements)
	}
	if c.Pipelines == nil {
		return b, nil
	}
	if len(c.Pipelines) != c.Trials {
		return nil, fmt.Errorf("there are %d pipelines for %d trials", len(c.Pipelines), c.Trials)
	}
	longest := c.Pipelines[0]
	for _, p := range c.Pipelines {
		if len(p) > len(longest) {
			longest = p
		}
	}
	for _, f := range longest {
		f.P = 0 // of trials that lack it: drawn for, never done
		forms := make([]augment.Form, c.Trials)
		for t := range forms {
			forms[t] = f
		}
		b.steps = append(b.steps, forms)
	}
	for t, p := range c.Pipelines {
		at := 0
		for _, f := range p {
			for at < len(longest) && (longest[at].Path != f.Path || longest[at].Kind != f.Kind) {
				at++
			}
			if at == len(longest) {
				return nil, fmt.Errorf("the augmentations of trial %d are not some of the longest list, in its order: %s is not there", t+1, f.Path)
			}
			b.steps[at][t] = f
			at++
		}
	}
	return b, nil
}

func (b *Batches) features() int {
	n := 1
	for _, d := range b.config.Shape {
		n *= d
	}
	return n
}

// Units are the kernels.
func (b *Batches) Units() []Unit {
	if len(b.steps) == 0 {
		return fixed("batch")
	}
	return fixed("batch", "random", "augment")
}

// Augmentations is the number of augmentations, for the counters of BatchBinding.Acted. Path gives the path of one.
func (b *Batches) Augmentations() int { return len(b.steps) }

// Path is the path of augmentation i.
func (b *Batches) Path(i int) string { return b.steps[i][0].Path }

// Scratch is the number of floats of a trial that the work needs besides the batch.
func (b *Batches) Scratch() int {
	n := 0
	if len(b.steps) > 0 {
		n += b.config.N * b.features()
	}
	if b.mixes() > 0 {
		n += b.config.N * b.config.Outputs
	}
	return n
}

// mixes counts the augmentations that change targets.
func (b *Batches) mixes() int {
	n := 0
	for _, s := range b.steps {
		if mixing(s[0].Kind) {
			n++
		}
	}
	return n
}

func mixing(k augment.Kind) bool { return k == augment.Mixup || k == augment.Cutmix }

// Resident is a data set in device memory, by the ids of the examples. Pointers to what there is not are null.
type Resident struct {
	Floats device.Pointer // features as float32; or
	Bytes  device.Pointer // as bytes, looked up in
	Table  device.Pointer // Period tables of 256 float32: feature k in table k % Period
	Period int

	Labels  device.Pointer // classes as int32; or
	Targets device.Pointer // rows of Outputs float32

	Codes device.Pointer // rows of Categories float32
}

// BatchBinding is what a maker of batches is bound to.
type BatchBinding struct {
	Env   *Env
	Seeds []uint64 // of the trials' augmentation
	Data  Resident

	IDs   Operand        // ids of the examples, uint32
	Epoch device.Pointer // the number of the epoch, uint32

	X, Y, Codes Operand
	Scratch     Operand

	// Acted counts on how many examples each augmentation acted, uint64: Augmentations() of them a trial.
	Acted device.Pointer
}

// augmentNumbers is struct augment_numbers.
type augmentNumbers struct {
	P, Turns, Alpha                       float64
	Area, Aspect                          [2]float32
	Std, Brightness, Contrast, Saturation float32
	Vertical, MaxY, MaxX, Fill            int32
	Size, Noise                           int32
	Key                                   [2]uint32
}

func (n augmentNumbers) words() []uint32 {
	words := doubles([]float64{n.P, n.Turns, n.Alpha})
	for _, f := range []float32{n.Area[0], n.Area[1], n.Aspect[0], n.Aspect[1], n.Std, n.Brightness, n.Contrast, n.Saturation} {
		words = append(words, math.Float32bits(f))
	}
	for _, i := range []int32{n.Vertical, n.MaxY, n.MaxX, n.Fill, n.Size, n.Noise} {
		words = append(words, uint32(i))
	}
	return append(words, n.Key[0], n.Key[1])
}

// augmentStep is struct augment_step.
type augmentStep struct {
	Out, In, IDs          tensor
	Rows, Size            uint32
	H, W, C, Unused       int32
	Numbers, Epoch, Acted device.Pointer
	Stride                uint64
}

// augmentTargets is struct augment_targets.
type augmentTargets struct {
	Out, In tensor
	Width   uint32
	Unused  uint32
}

var augmentKernels = map[augment.Kind]string{
	augment.Flip: "augment_flip", augment.Move: "augment_move", augment.Rotate: "augment_rotate", augment.Cutout: "augment_cutout",
	augment.Erase: "augment_erase", augment.Jitter: "augment_jitter", augment.Mixup: "augment_mixup", augment.Cutmix: "augment_cutmix",
}

// Bind gives the job that makes a batch: X, and Y and Codes where the data set has targets and categories.
func (b *Batches) Bind(q *BatchBinding) (Job, error) {
	c := b.config
	features := b.features()
	if len(b.steps) > 0 && len(q.Seeds) != c.Trials {
		return nil, fmt.Errorf("there are %d seeds for the augmentation of %d trials", len(q.Seeds), c.Trials)
	}
	if len(b.steps) > 0 && q.Acted == 0 {
		return nil, errors.New("augmentation needs memory for its counters")
	}
	var jobs []Job
	var errs []error
	launch := func(name string, g grid, args ...any) {
		j, err := q.Env.launch(name, c.Trials, g, args...)
		jobs, errs = append(jobs, j), append(errs, err)
	}
	// Each augmentation reads one place and writes the other; the last writes X and Y.
	places := [2]tensor{arg(q.X), {q.Scratch.At, q.Scratch.Stride}}
	targets := [2]tensor{arg(q.Y), {q.Scratch.At + device.Pointer(4*c.N*features), q.Scratch.Stride}}
	x, y := len(b.steps)%2, b.mixes()%2
	over := func(width int) grid {
		return grid{blocks: min(ceil(c.N*width, perBlock), maxBlocks), threads: perBlock}
	}
	if q.Data.Bytes != 0 {
		launch("batch_bytes", over(features), places[x], q.Data.Bytes, arg(q.IDs), uint32(c.N), uint32(features), q.Data.Table, uint32(q.Data.Period))
	} else {
		launch("batch_floats", over(features), places[x], q.Data.Floats, arg(q.IDs), uint32(c.N), uint32(features))
	}
	switch {
	case q.Y.At == 0:
		if b.mixes() > 0 {
			errs = append(errs, errors.New("an augmentation mixes targets, and the batch has none"))
		}
	case q.Data.Labels != 0:
		launch("batch_labels", over(c.Outputs), targets[y], q.Data.Labels, arg(q.IDs), uint32(c.N), uint32(c.Outputs))
	default:
		launch("batch_floats", over(c.Outputs), targets[y], q.Data.Targets, arg(q.IDs), uint32(c.N), uint32(c.Outputs))
	}
	if q.Codes.At != 0 {
		launch("batch_floats", over(c.Categories), arg(q.Codes), q.Data.Codes, arg(q.IDs), uint32(c.N), uint32(c.Categories))
	}
	for i, forms := range b.steps {
		var words []uint32
		for t, f := range forms {
			n := augmentNumbers{
				P: f.P, Turns: f.Turns, Alpha: f.Alpha, Area: f.Area, Aspect: f.Aspect,
				Std: f.Std, Brightness: f.Brightness, Contrast: f.Contrast, Saturation: f.Saturation,
				Vertical: flag(f.Vertical), MaxY: int32(f.MaxY), MaxX: int32(f.MaxX), Fill: int32(f.Fill), Size: int32(f.Size), Noise: flag(f.Noise),
				Key: rng.New(q.Seeds[t], rng.Augment, f.Path).Key(),
			}
			words = append(words, n.words()...)
		}
		table, err := q.Env.Table(words)
		errs = append(errs, err)
		s := augmentStep{
			Out: places[1-x], In: places[x], IDs: arg(q.IDs), Rows: uint32(c.N), Size: uint32(features),
			H: 1, W: 1, C: int32(features), Numbers: table, Epoch: q.Epoch,
			Acted: q.Acted + device.Pointer(8*i), Stride: uint64(len(b.steps)),
		}
		if len(c.Shape) == 3 {
			s.H, s.W, s.C = int32(c.Shape[0]), int32(c.Shape[1]), int32(c.Shape[2])
		}
		x = 1 - x
		g := grid{blocks: c.N, threads: perBlock}
		if !mixing(forms[0].Kind) {
			launch(augmentKernels[forms[0].Kind], g, s)
			continue
		}
		launch(augmentKernels[forms[0].Kind], g, s, augmentTargets{Out: targets[1-y], In: targets[y], Width: uint32(c.Outputs)})
		y = 1 - y
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return func(s device.Stream) error {
		for _, j := range jobs {
			if err := j(s); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

func flag(b bool) int32 {
	if b {
		return 1
	}
	return 0
}
