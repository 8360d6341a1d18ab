package cloudformation_test

import (
	"testing"

	"github.com/onus-dev/onus/source/cloudformation"
)

// TestNotNull: a resource's id and a text with unknown parts are set; a parameter, or what a condition may leave out, is
// not certain to be.
func TestNotNull(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		"!Ref Key":                             true,
		"!GetAtt Key.Arn":                      true,
		"!Sub 'arn:aws:kms:${AWS::Region}'":    true,
		"!Join ['-', [a, !Ref P]]":             true,
		"!Ref P":                               false,
		"!Sub '${P}'":                          false,
		"!If [C, !Ref Key, !Ref AWS::NoValue]": false,
	} {
		template := `
Parameters: {P: {Type: String}}
Conditions: {C: !Equals [!Ref P, x]}
Resources:
  Key: {Type: AWS::KMS::Key, Properties: {}}
  R:
    Type: AWS::SQS::Queue
    Properties:
      P: ` + value + "\n"
		if got := property(t, template, cloudformation.Options{}).CertainlySet(); got != want {
			t.Errorf("%s: certainly set is %v, want %v", value, got, want)
		}
	}
}
