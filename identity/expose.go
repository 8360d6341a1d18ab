package identity

// touching are actions of the data plane that read, change or delete what a store, a queue or a vault holds, or that
// run code. Which of them a policy allows on everything tells how much data its principal reaches. Services whose
// actions know no resources (ecr:GetAuthorizationToken, xray:PutTraceSegments) are not among them.
var touching = []string{
	"secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "kms:Decrypt",
	"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PutItem",
	"dynamodb:UpdateItem", "dynamodb:DeleteItem", "sqs:ReceiveMessage", "sqs:DeleteMessage", "kinesis:GetRecords",
	"rds-data:ExecuteStatement", "redshift-data:ExecuteStatement", "rds-db:connect", "lambda:InvokeFunction", "es:ESHttpGet", "es:ESHttpDelete",
}

// Exposure is a data action that a principal may use on every resource of the service.
type Exposure struct {
	Action string
	// Truth is Yes, or Maybe when an unknown value decides.
	Truth Truth
	// Grant is what allows it.
	Grant Grant
}

// exposures lists the data actions that are, or may be, allowed on resources that no statement names. What a condition or
// an exception narrows is left out.
func (a *Analyzer) exposures(e *expansion, ctx Context) []Exposure {
	var out []Exposure
	for _, action := range touching {
		place := a.place(action)
		if place < 0 {
			continue
		}
		key, any := e.signature(place)
		if !any {
			continue
		}
		best := Exposure{Action: action}
		for _, g := range e.grants(key, ctx) {
			if g.Statements[0].Conditional() && g.Truth == Maybe {
				continue
			}
			if truth := min(g.Truth, Broad(g.Resource)); !g.Narrowed && truth > best.Truth && (truth == Yes || a.ofInput(g.Resource.Value) != Yes) {
				best.Truth, best.Grant = truth, g
			}
		}
		if best.Truth > No {
			out = append(out, best)
		}
	}
	return out
}

// Conditional reports whether a statement has conditions, all of them known: it is meant for less than it names.
func (s *Statement) Conditional() bool {
	for _, c := range s.Conditions {
		if c.Unknown {
			return false
		}
	}
	return len(s.Conditions) > 0
}
