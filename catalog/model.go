package catalog

import (
	"time"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
)

// Citation is a page that a row rests on. Seen is the date it was read, YYYY-MM-DD.
type Citation struct {
	ID, Title, URL, Seen string
	At                   diag.Range
}

// Service is one file of the catalog.
type Service struct {
	// ID is the service's id, the file's name without ".yaml"; Title its name for people.
	ID, Title string
	// Path is the file: "catalog/aws/lambda.yaml" when embedded, else as found below --catalog.
	Path string
	// Operations are the control-plane and data-plane APIs, in the order of the file.
	Operations []Operations
	// Citations are the file's own, by id. Tables are its dated tables.
	Citations map[string]*Citation
	Tables    map[string]expr.Table

	edition          Edition
	stacks, hostings []*spec
	linked           bool
}

// Operations is one of a service's two APIs.
type Operations struct {
	// Plane is "control-plane" or "data-plane"; About says what it does, Customer what stays the customer's.
	Plane, About, Customer string
	// Party keeps the API running.
	Party    stack.Party
	Actions  []string
	Basis    stack.Basis
	Citation *Citation
	At       diag.Range

	cite cite
}

// cite is a citation id as written, with its place.
type cite struct {
	id string
	at diag.Range
}

// Label is what AWS itself calls a hosting.
type Label struct {
	Text     string
	Citation *Citation

	cite cite
}

// Work is one part of how a hosting works under the hood.
type Work struct {
	Part     string
	Party    stack.Party
	Text     string
	Citation *Citation
	At       diag.Range

	cite cite
}

// Halves are the two halves of a shared duty, one sentence each.
type Halves struct{ AWS, Customer string }

// Deadline is a number of days from an event.
type Deadline struct {
	Days int
	From string
}

// Row is one row of a duty: who holds it when the condition holds.
type Row struct {
	Duty stack.Duty
	// When is the condition, empty for an unconditional row; Means is the condition in words, following "when".
	When, Means string
	Party       stack.Party
	// Shared holds the halves when Party is shared.
	Shared   *Halves
	Reason   string
	Basis    stack.Basis
	Citation *Citation
	// Residual is what the customer must still do although another party holds the duty.
	Residual string
	Deadline *Deadline
	// Owner is the id of the stack or hosting that declares the row.
	Owner string
	// At is the place of the row.
	At diag.Range

	cite   cite
	source expr.Source
}

// Example is one worked example of a hosting, run by Lint.
type Example struct {
	Name string
	// Given holds the parts: Map, or Unknown for a part that could not be read. A role that is left out is absent.
	Given map[string]inventory.Value
	// AsOf is the date of the example; the zero time when it does not matter.
	AsOf time.Time
	// Expect is the party of each duty, in the order of the file.
	Expect []Expectation
	At     diag.Range

	givenAt map[string]diag.Range
}

// Expectation is one expected answer of an example.
type Expectation struct {
	Duty  stack.Duty
	Party stack.Party
	At    diag.Range
}

// Use is a part that conditions may speak of.
type Use struct{ Role, Type string }

// use is a Use as written.
type use struct {
	Use
	at diag.Range
}

// spec is a stack or hosting as written, before inheritance.
type spec struct {
	id, title string
	stack     bool
	class     stack.Class
	label     *Label
	inherits  string
	inheritAt diag.Range
	roots     []string
	rootsAt   []diag.Range
	uses      []use
	works     []Work
	rows      map[stack.Duty][]*Row
	dutyAt    map[stack.Duty]diag.Range
	examples  []*Example
	at        diag.Range
	service   *Service
	linked    bool
}
