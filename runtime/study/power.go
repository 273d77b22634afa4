package study

import (
	"fmt"
	"math"
	"time"

	"github.com/netc-lang/netc/runtime/study/stat"
)

// pilot is the number of pairs from which the spread of differences is reckoned. They are the study's own first seeds.
const pilot = 3

// reckon says once, as soon as the first pairs are there, what the study can show and how long it will take.
func (r *Runner) reckon() error {
	p := r.Plan
	questions, family := p.Comparisons, p.family()
	if p.Between != nil {
		questions, family = []PlannedComparison{*p.Between}, 1
	}
	if len(questions) == 0 || len(p.Seeds) < 2 {
		return nil
	}
	if r.powered != nil {
		if r.Observer != nil && !r.said {
			r.said = true
			r.Observer.Power(r.powered)
		}
		return nil
	}
	m := p.Metrics[0]
	n := len(p.Seeds)
	variance, k := 0.0, 0
	earlier := true
	for _, c := range questions {
		if c.Absent != "" {
			continue
		}
		pairs := begun(p.pairs(c, m.Name, r.records))
		n = min(n, len(pairs))
		var d []float64
		for _, q := range pairs {
			if q.On.Status == stat.Finished && q.Off.Status == stat.Finished {
				d = append(d, q.On.Value-q.Off.Value)
			}
			for _, id := range append(append([]string(nil), c.On...), c.Off...) {
				rec := r.records.Get(p.resolved(id, r.records), q.Seed)
				earlier = earlier && (rec == nil || r.reused[rec])
			}
		}
		if mo := moments(d); mo.SD.Finite() {
			variance += float64(mo.SD * mo.SD)
			k++
		}
	}
	if n < min(pilot, len(p.Seeds)) || k == 0 {
		return nil
	}
	sd := math.Sqrt(variance / float64(k))
	power := &Power{SD: Number(sd), Pairs: len(p.Seeds), Tricks: family, Power: 0.8, Detectable: NaN(), Cautious: NaN(), SecondsLeft: Number(r.progress().Left.Seconds()),
		From: fmt.Sprintf("a pilot of %d seeds", n)}
	if earlier {
		power.From = fmt.Sprintf("%d earlier seeds", n)
	}
	if sd > 0 {
		plan, err := stat.Planning{Pairs: len(p.Seeds), Tricks: family, SD: sd, PilotPairs: n, Rule: p.rule(m)}.Plan()
		if err != nil {
			return err
		}
		power.Detectable, power.Cautious = Number(plan.Effect), Number(plan.Cautious)
		power.PairsForMargin, power.PairsForEquivalence = plan.PairsForMargin, plan.PairsForEquivalence
	}
	power.Text = powerText(p, m, power)
	if r.Folder != nil {
		if err := r.Folder.append(line{Power: power}); err != nil {
			return err
		}
	}
	if r.Observer != nil {
		r.Observer.Power(power)
	}
	r.powered, r.said = power, true
	return nil
}

func powerText(p *Plan, m Metric, w *Power) string {
	seeds := fmt.Sprintf("%d seeds", w.Pairs)
	if w.Tricks > 1 {
		seeds += fmt.Sprintf(" and %d questions", w.Tricks)
	}
	var s string
	switch {
	case w.SD == 0:
		s = fmt.Sprintf("so far the runs of each pair agree exactly (%s)", w.From)
	case !w.Detectable.Finite():
		s = fmt.Sprintf("%s can show no difference of any size: that takes at least %d seeds", seeds, stat.MinPairs(p.Alpha, w.Tricks))
	default:
		s = fmt.Sprintf("%s show an effect of %s or more with probability 80%% (spread of pairs %s, from %s: reckon with up to %s)", seeds, m.Size(float64(w.Detectable)), m.Size(float64(w.SD)), w.From,
			m.Size(float64(w.Cautious)))
		if m.Margin > 0 && w.PairsForMargin > w.Pairs {
			s += fmt.Sprintf("; an effect of the margin, %s, takes %d seeds", m.Size(m.Margin), w.PairsForMargin)
		}
	}
	if left := time.Duration(float64(w.SecondsLeft) * float64(time.Second)); left >= time.Second {
		s += "; about " + Duration(left) + " to go"
	}
	return s
}

// Duration writes a time for people: 40s, 3m20s, 1h05m.
func Duration(d time.Duration) string {
	s := int(math.Round(d.Seconds()))
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	}
	return fmt.Sprintf("%dh%02dm", s/3600, s%3600/60)
}
