package study

import (
	"time"

	"github.com/netc-lang/netc/runtime/study/stat"
	"github.com/netc-lang/netc/runtime/train"
)

// ReportVersion is the version of the report's JSON form. It grows when a field changes its meaning or goes away.
const ReportVersion = 1

// Report is everything that a study found, in a form from which tables, sentences and pages can be made again without any
// training. It is report.json in the study's folder and what --json prints. spec/json.md documents it.
//
// Signs. Every effect in it is written so that positive means: better with the trick on. Where the metric is better when
// higher, that is the mean of on - off; where it is better when lower (loss, rmse), the mean of off - on. Units are those of the
// metric; metrics that are shares (accuracy, r2) are numbers from 0 to 1, and 0.01 is one point.
type Report struct {
	Version int    `json:"version"` // ReportVersion
	Kind    Kind   `json:"kind"`
	Study   string `json:"study"` // the study section's name, or the program's where the section has none
	// Dir is the study's folder, .netc/studies/digits-20260131-142502; its last element is what `netc show` and `netc report` take.
	Dir string `json:"dir"`
	// Status says how it ended. Only "complete" means that all planned trials were run.
	Status  Status  `json:"status"`
	Program Program `json:"program"`
	Data    Data    `json:"data"`

	// Metrics are what was compared; the first one decides the verdicts.
	Metrics []Metric `json:"metrics"`
	Alpha   float64  `json:"alpha"` // accepted probability of a false claim, over all tricks of the study
	Level   float64  `json:"level"` // of the intervals: 1 - alpha
	Rule    string   `json:"rule"`  // how verdicts are reached, in words
	Design  Design   `json:"design"`
	Seeds   []uint64 `json:"seeds"` // those planned, in order
	Vary    []string `json:"vary"`  // what a new seed changes: init, order, augment, masks, split

	// Variants are the distinct programs that were run, the baseline (the file as it is) first. Two arms that resolve to the same
	// program share one.
	Variants []*Variant `json:"variants"`
	// Tricks are the comparisons, in the order of the file or of the study section.
	Tricks []*Trick `json:"tricks"`
	// Effects are main effects and interactions of a factorial design.
	Effects []*Effect `json:"effects,omitempty"`
	// Confounded lists effects that this design cannot tell apart because some of its combinations are the same program.
	Confounded []Confounded `json:"confounded,omitempty"`
	// Shapley divides the gain of all tricks together among them.
	Shapley *Shapley `json:"shapley,omitempty"`
	// Curves repeat the comparison at several values of a setting, say the number of training examples.
	Curves []*SettingCurve `json:"setting_curves,omitempty"`
	// Retuned says which value of a nuisance setting each variant was given, chosen on the valid part.
	Retuned []Retuned `json:"retuned,omitempty"`
	// Confirmation is what was found best, again, on seeds that had no part in finding it.
	Confirmation *Confirmation `json:"confirmation,omitempty"`
	// Equivalence is the result of `netc equiv`: may one trick stand in for another?
	Equivalence *Equivalence `json:"equivalence,omitempty"`

	Power      *Power      `json:"power,omitempty"`
	Sequential *Sequential `json:"sequential,omitempty"`
	Spent      Spent       `json:"spent"`

	Notes     []string `json:"notes,omitempty"` // what a reader must know: split varied, budget reached, runs diverged
	Reproduce []string `json:"reproduce"`       // command lines that give this report again
	Versions  Versions `json:"versions"`
}

// Kind says what question a study answers.
type Kind string

// The kinds of studies.
const (
	Ablation   Kind = "ablation"   // what does each trick contribute?
	EquivStudy Kind = "equivalent" // may one trick stand in for another?
)

// Status says how a study ended.
type Status string

// The ends of a study.
const (
	Complete    Status = "complete"
	Decided     Status = "decided early" // by its sequential rule; trials that nobody needs any more were not run
	OutOfBudget Status = "out of budget" // the trials that were run are all there
	Interrupted Status = "interrupted"   // Ctrl-C; the same command goes on
	Unfinished  Status = "not finished"  // killed, or still running
	Failed      Status = "failed"        // a trial ended by an error that is no divergence
	StatusNone  Status = ""              // not known
)

// Program is what was studied.
type Program struct {
	File     string   `json:"file"`
	Source   string   `json:"source"`          // the file's text
	Resolved string   `json:"resolved"`        // the baseline as it was run: expanded, every default filled in
	Edits    []string `json:"edits,omitempty"` // of the command line, applied to all variants
	Train    string   `json:"train,omitempty"` // the train section, where the file has several
}

// Data is what was trained and tested on.
type Data struct {
	Name        string `json:"name,omitempty"`
	Fingerprint string `json:"fingerprint"` // SHA-256 of the decoded contents and the split; of the first seed where the split varies
	Train       int    `json:"train"`       // examples
	Valid       int    `json:"valid"`
	Test        int    `json:"test"`
}

// Metric is one quantity that the arms are compared by.
type Metric struct {
	Name      string  `json:"name"`      // as written: test.accuracy, valid.loss, test.rmse(cooling)
	Part      string  `json:"part"`      // train, valid or test
	Direction string  `json:"direction"` // "higher is better" or "lower is better"
	Margin    float64 `json:"margin"`    // differences smaller than this count as none; 0 where there is none
	// MarginFrom says where the margin comes from: "declared", or "default" with the default stated in the rule.
	MarginFrom string `json:"margin_from"`
	Share      bool   `json:"share"` // a share from 0 to 1 that people read in percent: accuracy, top5, …
}

// Design is which programs were run.
type Design struct {
	Kind        string   `json:"kind"` // leave_one_out, add_one_in, variants, factorial, fractional, shapley
	Text        string   `json:"text"` // in words, with generators and aliases of a fraction
	Factors     []string `json:"factors,omitempty"`
	Order       int      `json:"order,omitempty"`      // of a factorial: interactions up to this order are estimated
	Resolution  int      `json:"resolution,omitempty"` // of a fraction
	Cells       int      `json:"cells"`                // combinations planned for one seed, before equal programs are merged
	Variants    int      `json:"variants"`             // distinct programs
	TrialsTotal int      `json:"trials"`               // planned: variants x seeds
}

// Variant is a distinct program with its trials.
type Variant struct {
	ID    string   `json:"id"`              // its fingerprint, shortened
	Name  string   `json:"name"`            // "baseline", "dropout off", "mixup"
	Also  []string `json:"also,omitempty"`  // other arms that are the same program
	Edits []string `json:"edits,omitempty"` // what makes it of the file, as the language writes it: off dropout

	Trials     []*Trial `json:"trials"` // by seed
	Finished   int      `json:"finished"`
	Diverged   int      `json:"diverged"`
	Parameters int      `json:"parameters"`
	// Stats are mean and spread over the finished trials, by metric: all final metrics of the train, valid and test part
	// ("test.accuracy"), not only those compared.
	Stats  map[string]Moments `json:"stats"`
	Cost   Cost               `json:"cost"`
	Fired  []train.Fired      `json:"fired,omitempty"` // counters of settings, summed over the trials
	Curves []Curve            `json:"curves,omitempty"`
	// Readings counts what the learning curves of the trials were read as: "variance": 7, "fine": 1.
	Readings map[string]int `json:"readings,omitempty"`
	// Changes of the resolved program against the baseline's, line by line, "+ " and "- " in front.
	Changes []string `json:"changes,omitempty"`
}

// Moments are mean and spread.
type Moments struct {
	N    int    `json:"n"`
	Mean Number `json:"mean"`
	SD   Number `json:"sd"` // sample standard deviation; null below two
}

// Trial is one training run of a study.
type Trial struct {
	Seed     uint64 `json:"seed"`
	Identity string `json:"identity"` // the name of its record under .netc/trials
	Status   string `json:"status"`   // finished, stopped early, diverged, or missing
	// Values are the final metrics: train.loss, valid.accuracy, test.accuracy …
	Values  map[string]Number `json:"values,omitempty"`
	Epochs  int               `json:"epochs"`
	Seconds float64           `json:"seconds"`
	// FinalWeights fingerprints the trained weights: two trials that agree are the same bits.
	FinalWeights string `json:"final_weights,omitempty"`
	Note         string `json:"note,omitempty"` // why it diverged
}

// Cost is what a variant takes, medians over its trials. Seconds are of processor time of the trial's one thread where the system
// tells (evaluation included), for that does not depend on what else the machine is doing; else of the clock.
type Cost struct {
	Seconds        Number `json:"seconds"`
	EpochSeconds   Number `json:"epoch_seconds"`
	StepsPerSecond Number `json:"steps_per_second"`
	Epochs         Number `json:"epochs"`
	Parameters     int    `json:"parameters"`
	Memory         int64  `json:"memory_bytes"` // of training: weights, gradients, optimizer state, activations
}

// Curve is a learning curve over the seeds, with a pointwise band.
type Curve struct {
	Metric string `json:"metric"` // train.loss, valid.loss, valid.accuracy …
	Every  int    `json:"every"`  // epochs from one point to the next: point i (from 0) is after epoch (i+1)*every
	// Points hold the mean over seeds; the interval is for that mean at that epoch, at the report's level.
	Points []stat.BandPoint `json:"points"`
}

// Trick is one comparison: a trick with it on against the same program with it off.
type Trick struct {
	Name    string       `json:"name"`
	Verdict stat.Verdict `json:"verdict"` // helps, hurts, equivalent, undecided, "did nothing"
	// Sentence says the verdict with its figures and its reason, for people.
	Sentence string `json:"sentence"`
	Reason   string `json:"reason"`               // why this verdict
	Assumes  string `json:"assumes,omitempty"`    // what the verdict assumes beyond exchangeability, empty if nothing
	Decided  string `json:"decided_by,omitempty"` // the deciding test

	// Effect of switching it on, on the first metric: positive is better with it on. See Report.
	Effect   Number        `json:"effect"`
	Interval stat.Interval `json:"interval"`
	P        float64       `json:"p"`      // two-sided, before Holm
	PHolm    float64       `json:"p_holm"` // after, over the tricks of the study
	N        int           `json:"n"`      // pairs compared
	// EquivalenceP is the p-value of the claim that the effect lies within the margin, after Holm; 1 without a margin.
	EquivalenceP float64 `json:"equivalence_p"`

	Title string    `json:"title,omitempty"` // of its card
	Card  *CardText `json:"card,omitempty"`
	Paths []string  `json:"paths,omitempty"` // places in the program
	State string    `json:"state"`           // in the file: "on", "off", or "not in the file" for a try
	On    Form      `json:"on"`
	Off   Form      `json:"off"`
	// Identical says that the runs with it on and off are the same bits at every seed.
	Identical bool `json:"identical"`

	Pairs   []Pair   `json:"pairs"`
	Pairing Pairing  `json:"pairing"`
	Runs    RunCount `json:"runs"`
	// Tests are the other ways to look at the same pairs. They decide nothing.
	Tests Tests `json:"tests"`
	// Metrics are the results on every metric of the study, the first (deciding) one included. Holm is over the tricks within
	// each metric.
	Metrics []MetricResult `json:"metrics"`

	Cost  CostOfTrick `json:"cost"`
	Acted []Acted     `json:"acted,omitempty"` // did it fire?
	Did   []Movement  `json:"did,omitempty"`   // what it did, beside what its card expects
	// Differences are the paired learning curves, on - off as it stands (not turned so that positive is better).
	Differences []Curve `json:"differences,omitempty"`
	Look        *Look   `json:"look,omitempty"` // of a sequential study: what was known when it was stopped
}

// CardText is a trick's card.
type CardText struct {
	Solves  string   `json:"solves,omitempty"`
	Source  string   `json:"source,omitempty"`
	Cost    string   `json:"cost,omitempty"`
	Caution string   `json:"caution,omitempty"`
	Kin     []string `json:"kin,omitempty"`
	Expect  []string `json:"expect,omitempty"` // "train.loss = up"
}

// Form is one side of a comparison.
type Form struct {
	Variant string `json:"variant"` // ID of its Variant
	Text    string `json:"text"`    // what stands there: "dropout 0.3", "nothing", "tanh"
	Mean    Number `json:"mean"`    // of the first metric, over the compared pairs that finished
	SD      Number `json:"sd"`
}

// Pair is the two runs of one seed.
type Pair struct {
	Seed   uint64 `json:"seed"`
	On     Number `json:"on"` // the first metric; null where the run diverged or is missing
	Off    Number `json:"off"`
	Effect Number `json:"effect"` // positive: better with the trick on
	// OnStatus and OffStatus are finished, diverged or missing.
	OnStatus  string `json:"on_status"`
	OffStatus string `json:"off_status"`
}

// Pairing is what taking differences seed by seed was worth.
type Pairing struct {
	Correlation Number `json:"correlation"` // of on and off over the seeds
	// Gain is how many times more seeds an unpaired study would have needed; null where there is no end to it.
	Gain Number `json:"gain"`
}

// RunCount says what became of the runs of a comparison.
type RunCount struct {
	Pairs       int     `json:"pairs"`
	Missing     int     `json:"missing"`
	DivergedOn  int     `json:"diverged_on"`
	DivergedOff int     `json:"diverged_off"`
	DivergenceP float64 `json:"divergence_p"` // of the claim that the trick changes how often training diverges (McNemar)
}

// Tests are further tests and intervals of the effect, turned like it.
type Tests struct {
	SignFlip  Test  `json:"sign_flip"`
	T         Test  `json:"t"`
	Bootstrap *Test `json:"bootstrap,omitempty"` // BCa; without p
}

// Test is one of them.
type Test struct {
	P        Number        `json:"p"`
	Interval stat.Interval `json:"interval"`
}

// MetricResult is a comparison on one metric.
type MetricResult struct {
	Metric       string        `json:"metric"`
	Verdict      stat.Verdict  `json:"verdict"`
	Effect       Number        `json:"effect"`
	Interval     stat.Interval `json:"interval"`
	P            float64       `json:"p"`
	PHolm        float64       `json:"p_holm"`
	EquivalenceP float64       `json:"equivalence_p"`
	N            int           `json:"n"`
	On           Number        `json:"on"` // mean
	Off          Number        `json:"off"`
	Reason       string        `json:"reason"`
}

// CostOfTrick is what the trick costs beside what it gives.
type CostOfTrick struct {
	On  Cost `json:"on"`
	Off Cost `json:"off"`
	// Ratios are on over off: 1.2 is a fifth more. null where it cannot be said.
	Seconds    Number `json:"seconds_ratio"`
	Epoch      Number `json:"epoch_ratio"` // seconds of one epoch
	Parameters Number `json:"parameters_ratio"`
	Memory     Number `json:"memory_ratio"`

	// AtFixedEpochs and AtFixedTime are the effect on By, the held-out metric that is measured every epoch (the valid part's form of
	// the first metric), when both arms get the same number of epochs, and when both get the same seconds: those of
	// the faster arm. Positive is better with the trick on.
	By            string    `json:"by,omitempty"`
	AtFixedEpochs *AtBudget `json:"at_fixed_epochs,omitempty"`
	AtFixedTime   *AtBudget `json:"at_fixed_time,omitempty"`
}

// AtBudget is an effect when both arms are given the same.
type AtBudget struct {
	Seconds   Number        `json:"seconds,omitempty"` // given to both, by the median pace of each arm
	EpochsOn  int           `json:"epochs_on"`         // that they allow
	EpochsOff int           `json:"epochs_off"`
	Effect    Number        `json:"effect"`
	Interval  stat.Interval `json:"interval"`
	N         int           `json:"n"`
}

// Acted is a counter of the trick's own settings in the arm that has it on.
type Acted struct {
	Setting string  `json:"setting"`
	Acted   int64   `json:"acted"`
	Of      int64   `json:"of"`
	Unit    string  `json:"unit"`
	Share   float64 `json:"share"`
	Note    string  `json:"note,omitempty"`
}

// Movement is one quantity that the trick moved, or not, beside the card's expectation.
type Movement struct {
	Measure  string        `json:"measure"` // train.loss, gap, valid.accuracy, convergence, time, parameters, memory
	Label    string        `json:"label"`   // in words
	On       Number        `json:"on"`      // means
	Off      Number        `json:"off"`
	Change   Number        `json:"change"`             // on - off as it stands, not turned; for time, memory and parameters: on/off - 1
	Interval stat.Interval `json:"interval"`           // for Change
	Moved    string        `json:"moved"`              // up, down or same (the interval holds zero)
	Expected string        `json:"expected,omitempty"` // up, down or same, by the card; empty where it says nothing
	// Agrees is "agrees", "disagrees" or "" without an expectation; "not shown" where the card expects a move and the interval holds zero.
	Agrees string `json:"agrees,omitempty"`
}

// Look is what a sequential study knew of one trick.
type Look struct {
	Pairs    int           `json:"pairs"`
	Verdict  stat.Verdict  `json:"verdict"`
	Interval stat.Interval `json:"interval"` // valid at all looks at once; turned like Effect
	P        float64       `json:"p"`        // anytime-valid
	Stopped  bool          `json:"stopped"`
	Reason   string        `json:"reason,omitempty"`
}

// Effect is a main effect or an interaction of a factorial design.
type Effect struct {
	Name    string   `json:"name"`    // "skip × norm"
	Factors []string `json:"factors"` // that take part
	Order   int      `json:"order"`   // 1 for a main effect
	Aliases []string `json:"aliases,omitempty"`
	// Verdict of an interaction: helps says that the tricks reinforce each other, hurts that they get in each other's way.
	Verdict  stat.Verdict  `json:"verdict"`
	Effect   Number        `json:"effect"` // positive is better; of an interaction: half of what one's effect gains when the other is on
	Interval stat.Interval `json:"interval"`
	P        float64       `json:"p"`
	PHolm    float64       `json:"p_holm"`
	N        int           `json:"n"` // seeds
	Sentence string        `json:"sentence"`
}

// Confounded is a group of effects that equal programs make indistinguishable.
type Confounded struct {
	Effects []string `json:"effects"`
	Void    bool     `json:"void"` // they compare runs with themselves
	Text    string   `json:"text"`
}

// Shapley divides the total gain.
type Shapley struct {
	Shares []Share `json:"shares"`
	// Total is everything on against everything off; the shares' effects add up to it.
	Total Share    `json:"total"`
	Seeds []uint64 `json:"seeds"`
}

// Share is one trick's part of the total, positive is better.
type Share struct {
	Name     string        `json:"name"`
	Verdict  stat.Verdict  `json:"verdict"`
	Effect   Number        `json:"effect"`
	Interval stat.Interval `json:"interval"`
	P        float64       `json:"p"`
	PHolm    float64       `json:"p_holm"`
	BySeed   []float64     `json:"by_seed"`
	Sentence string        `json:"sentence"`
}

// SettingCurve is the comparison at several values of a setting.
type SettingCurve struct {
	Path   string       `json:"path"` // train.examples
	Points []CurvePoint `json:"points"`
}

// CurvePoint is the study at one value.
type CurvePoint struct {
	Value    string             `json:"value"`
	Number   Number             `json:"number"` // the value where it is a number
	Baseline map[string]Moments `json:"baseline"`
	Variant  string             `json:"variant"` // ID of the baseline there
	Tricks   []PointResult      `json:"tricks"`
}

// PointResult is one trick at one value.
type PointResult struct {
	Name     string        `json:"name"`
	Verdict  stat.Verdict  `json:"verdict"`
	Effect   Number        `json:"effect"`
	Interval stat.Interval `json:"interval"`
	P        float64       `json:"p"`
	PHolm    float64       `json:"p_holm"` // over the tricks and the values
	N        int           `json:"n"`
	On       Number        `json:"on"`
	Off      Number        `json:"off"`
}

// Retuned is the choice of a nuisance setting for one variant.
type Retuned struct {
	Variant string        `json:"variant"` // ID of the variant that was made with the chosen value
	Name    string        `json:"name"`
	Path    string        `json:"path"`
	By      string        `json:"by"` // the metric of the valid part that chose
	Chosen  string        `json:"chosen"`
	AtEdge  bool          `json:"at_edge,omitempty"` // the best value is an end of the range: a wider one may be better still
	Points  []RetunePoint `json:"points"`
	Seeds   []uint64      `json:"seeds"`
}

// RetunePoint is one value that was tried.
type RetunePoint struct {
	Value    string `json:"value"`
	Mean     Number `json:"mean"`
	N        int    `json:"n"`
	Diverged int    `json:"diverged"`
}

// Power says before anything is spent what the study can show.
type Power struct {
	Text string `json:"text"` // one line
	// SD is the spread of paired differences that it reckons with, and From where it comes from: "pilot of 3 seeds" or
	// "5 earlier runs". Detectable is the smallest true effect that would be shown with probability Power.
	SD         Number  `json:"sd"`
	From       string  `json:"from"`
	Pairs      int     `json:"pairs"`
	Tricks     int     `json:"tricks"`
	Power      float64 `json:"power"`
	Detectable Number  `json:"detectable"`
	Cautious   Number  `json:"cautious"` // with the upper bound on SD
	// SecondsLeft is what the trials still to run will take, as reckoned then.
	SecondsLeft Number `json:"seconds_left"`
	// PairsForMargin shows an effect as large as the margin; 0 where it takes more than a million, or no margin is set.
	PairsForMargin      int `json:"pairs_for_margin"`
	PairsForEquivalence int `json:"pairs_for_equivalence"`
}

// Sequential says how a study was watched.
type Sequential struct {
	Error   float64 `json:"error"`
	Method  string  `json:"method"`
	Rule    string  `json:"rule"`
	Planned int     `json:"planned"` // trials
	Run     int     `json:"run"`
	Saved   int     `json:"saved"` // trials that were not needed
}

// Spent is what the study took.
type Spent struct {
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	Seconds  float64   `json:"seconds"`          // on the clock, all sessions together
	Training float64   `json:"training_seconds"` // of all trials added up
	Trials   int       `json:"trials"`           // that the report rests on
	Reused   int       `json:"reused"`           // of those, found on this machine from before
	Workers  int       `json:"workers"`          // trials side by side
	// Stacked says what was trained on graphics cards, card by card.
	Stacked []*Stacked `json:"stacked,omitempty"`
}

// Versions is what the figures depend on.
type Versions struct {
	Netc     string `json:"netc"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	Backend  string `json:"backend"`
}

// Equivalence answers whether one trick may stand in for another on this data.
type Equivalence struct {
	A Form `json:"a"`
	B Form `json:"b"`
	// NameA and NameB are what was asked about; both are compared with the program that has neither.
	NameA string `json:"name_a"`
	NameB string `json:"name_b"`
	// Verdict is "may stand in", "may not" or "undecided"; Sentence says it with figures.
	Verdict  string `json:"verdict"`
	Sentence string `json:"sentence"`
	// Difference is A - B on the first metric, positive is better with A.
	Difference Number        `json:"difference"`
	Interval   stat.Interval `json:"interval"`     // at the level of the two one-sided tests, 1 - 2 alpha
	PNotWorse  float64       `json:"p_not_worse"`  // that A is not worse than B by the margin
	PNotBetter float64       `json:"p_not_better"` // nor better
	P          float64       `json:"p"`            // the larger of the two
	Curves     []CurveMatch  `json:"curves"`
	// Examples compares the predictions on the test part, averaged over seeds; absent for regressions.
	Examples *ExampleMatch `json:"examples,omitempty"`
	Pairs    []Pair        `json:"pairs"` // On is A, Off is B
}

// Confirmation is the second part of a study: what it found best was trained again beside the file as it is, on fresh seeds. Its
// effects are of the winner against the file, positive is better with the winner.
type Confirmation struct {
	Winner  string        `json:"winner"`            // "dropout off, mixup"
	Variant string        `json:"variant"`           // ID of the program
	Edits   []string      `json:"edits,omitempty"`   // that make it of the file
	Changes []string      `json:"changes,omitempty"` // of the resolved program against the file's
	Takes   []ConfirmPart `json:"takes,omitempty"`   // the claims that it is made of
	LeftOut []string      `json:"left_out,omitempty"`
	// Itself says that nothing was found better than the file as it is, which then ran alone.
	Itself bool `json:"itself,omitempty"`
	// Outcome is Verdict in the words of a confirmation: confirmed, refuted, "no gain that matters", "not confirmed"; or "nothing better".
	Outcome string `json:"outcome"`

	Seeds   []uint64     `json:"seeds"` // fresh ones
	N       int          `json:"n"`     // pairs compared
	Verdict stat.Verdict `json:"verdict"`
	// Sentence says it with figures.
	Sentence string        `json:"sentence"`
	Reason   string        `json:"reason,omitempty"`
	Effect   Number        `json:"effect"` // the unbiased estimate, on the study's first metric
	Interval stat.Interval `json:"interval"`
	// By is what the interval rests on: "sign-flip test", or "t", which assumes normal differences, where the pairs are too few for it.
	By string  `json:"by,omitempty"`
	P  float64 `json:"p"` // one question: there is nothing to correct for
	// Promised is the same effect as the study had measured it, and PromisedBy says how: "measured", or "sum of 2 effects" where the
	// winner was not among its programs; null where it cannot be said.
	Promised   Number `json:"promised"`
	PromisedBy string `json:"promised_by,omitempty"`
	// Flattered is promised - effect: what of the promise was luck of the selection.
	Flattered         Number        `json:"flattered"`
	FlatteredInterval stat.Interval `json:"flattered_interval"`

	// Metrics are all metrics of the study, and each on the test part.
	Metrics []ConfirmMetric `json:"metrics"`
	Pairs   []Pair          `json:"pairs"` // On is the winner, Off the file as it is
	Runs    RunCount        `json:"runs"`
	Winners []*Trial        `json:"winner_trials"`
	Files   []*Trial        `json:"file_trials,omitempty"`
}

// ConfirmPart is a claim that the winner is made of.
type ConfirmPart struct {
	Name   string `json:"name"`
	On     bool   `json:"on"`
	Text   string `json:"text"`
	Effect Number `json:"effect"` // of that form, in the study
}

// ConfirmMetric is a confirmation on one metric.
type ConfirmMetric struct {
	Metric
	// Winner and File are mean, spread and t interval on the fresh seeds; of a file that nothing is better than, Winner alone.
	Winner   ConfirmLevel  `json:"winner"`
	File     *ConfirmLevel `json:"file,omitempty"`
	Verdict  stat.Verdict  `json:"verdict"`
	Effect   Number        `json:"effect"`
	Interval stat.Interval `json:"interval"`
	By       string        `json:"by,omitempty"`
	P        float64       `json:"p"`
	N        int           `json:"n"`
}

// ConfirmLevel is a metric's value of one program.
type ConfirmLevel struct {
	Moments
	Interval stat.Interval `json:"interval"`
}

// CurveMatch is how alike the learning curves of both are.
type CurveMatch struct {
	Metric string `json:"metric"`
	// Distance is the largest difference of the mean curves, relative to the spread of the metric over the curve; Correlation that
	// of the two mean curves.
	Distance    Number `json:"distance"`
	Correlation Number `json:"correlation"`
}

// ExampleMatch is how alike predictions are, example by example.
type ExampleMatch struct {
	N     int    `json:"n"`     // examples
	Agree Number `json:"agree"` // share on which both are right or both wrong
	Phi   Number `json:"phi"`   // correlation of being right
	Kappa Number `json:"kappa"`
	Seeds int    `json:"seeds"`
	// SelfPhi is the same between two seeds of A alone: the most that could be asked for.
	SelfPhi  Number `json:"self_phi"`
	McNemarP Number `json:"mcnemar_p"` // smallest over the seeds, times their number (Bonferroni)
}

// Variant returns the variant with the ID, or nil.
func (r *Report) Variant(id string) *Variant {
	for _, v := range r.Variants {
		if v.ID == id {
			return v
		}
	}
	return nil
}

// Baseline is the file as it is.
func (r *Report) Baseline() *Variant {
	if len(r.Variants) == 0 {
		return nil
	}
	return r.Variants[0]
}

// Curve returns the curve of a metric, or nil.
func (v *Variant) Curve(metric string) []stat.BandPoint {
	for _, c := range v.Curves {
		if c.Metric == metric {
			return c.Points
		}
	}
	return nil
}

// Primary is the metric that decides.
func (r *Report) Primary() Metric {
	if len(r.Metrics) == 0 {
		return Metric{}
	}
	return r.Metrics[0]
}
