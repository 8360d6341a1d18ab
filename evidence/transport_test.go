package evidence_test

import "testing"

// TestTransportPolicyNarrow tells denials that leave a way without TLS from those that leave none.
func TestTransportPolicyNarrow(t *testing.T) {
	t.Parallel()
	bucket := func(statement string) string {
		return "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: b}}\n  P: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref B, PolicyDocument: {Statement: [{" + statement + "}]}}}\n"
	}
	const plain = `, Condition: {Bool: {"aws:SecureTransport": "false"}}`
	const objects = `, Resource: [!GetAtt B.Arn, !Sub "${B.Arn}/*"]`
	for _, c := range []struct{ name, text, want string }{
		{"everything", bucket(`Effect: Deny, Principal: "*", Action: "s3:*"` + objects + plain), "true"},
		{"the AWS form of everyone", bucket(`Effect: Deny, Principal: {AWS: "*"}, Action: "*"` + objects + plain), "true"},
		{"IfExists", bucket(`Effect: Deny, Principal: "*", Action: "s3:*"` + objects + `, Condition: {BoolIfExists: {"aws:SecureTransport": "false"}}`), "true"},
		{"no version of TLS, or an old one", bucket(`Effect: Deny, Principal: "*", Action: "s3:*"` + objects + `, Condition: {NumericLessThanIfExists: {"s3:TlsVersion": "1.2"}}`), "true"},
		{"reading and writing", bucket(`Effect: Deny, Principal: "*", Action: ["s3:GetObject*", "s3:PutObject*"], Resource: "*"` + plain), "true"},
		{"reading alone", bucket(`Effect: Deny, Principal: "*", Action: "s3:GetObject", Resource: "*"` + plain), "false"},
		{"all but one action", bucket(`Effect: Deny, Principal: "*", NotAction: "s3:ListBucket", Resource: "*"` + plain), "true"},
		{"all but writing", bucket(`Effect: Deny, Principal: "*", NotAction: "s3:Put*", Resource: "*"` + plain), "false"},
		{"one role", bucket(`Effect: Deny, Principal: {AWS: "arn:aws:iam::111122223333:role/one"}, Action: "s3:*"` + objects + plain), "false"},
		{"all but one role", bucket(`Effect: Deny, NotPrincipal: {AWS: "arn:aws:iam::111122223333:role/one"}, Action: "s3:*"` + objects + plain), "false"},
		{"nobody", bucket(`Effect: Deny, NotPrincipal: "*", Action: "s3:*"` + objects + plain), "false"},
		{"all but some objects", bucket(`Effect: Deny, Principal: "*", Action: "s3:*", NotResource: "arn:aws:s3:::b/public/*"` + plain), "false"},
		{"all but the bucket itself", bucket(`Effect: Deny, Principal: "*", Action: "s3:*", NotResource: "arn:aws:s3:::b"` + plain), "true"},
		{"a role that is not known", bucket(`Effect: Deny, Principal: !Ref Unset, Action: "s3:*"` + objects + plain), "?"},
		{"the bucket without its objects", bucket(`Effect: Deny, Principal: "*", Action: "s3:*", Resource: "arn:aws:s3:::b"` + plain), "false"},
		{"a resource that is not known", bucket(`Effect: Deny, Principal: "*", Action: "s3:*", Resource: !Ref Unset` + plain), "?"},
		{"an action that is not known", bucket(`Effect: Deny, Principal: "*", Action: !Ref Unset, Resource: "*"` + plain), "?"},
		{"from one network only", bucket(`Effect: Deny, Principal: "*", Action: "s3:*"` + objects + `, Condition: {Bool: {"aws:SecureTransport": "false"}, StringEquals: {"aws:SourceVpc": vpc-1}}`), "false"},
	} {
		if got := short(dataFact(t, c.text, "B", "transportPolicy", "onus::TransportPolicy").Get("TLSOnly")); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestTransportPolicyOfTopic reads the denial that AWS shows for topics, which names publishing alone.
func TestTransportPolicyOfTopic(t *testing.T) {
	t.Parallel()
	const text = "  T: {Type: AWS::SNS::Topic, Properties: {TopicName: t}}\n  P: {Type: AWS::SNS::TopicPolicy, Properties: {Topics: [!Ref T], PolicyDocument: {Statement: [{Effect: Deny, Principal: \"*\", Action: \"SNS:Publish\", Resource: !Ref T, Condition: {Bool: {\"aws:SecureTransport\": \"false\"}}}]}}}\n"
	if got := short(dataFact(t, text, "T", "transportPolicy", "onus::TransportPolicy").Get("TLSOnly")); got != "true" {
		t.Errorf("got %s, want true", got)
	}
}

// TestTransportPolicyOfFileSystem reads denials of mounting, without which a client does nothing.
func TestTransportPolicyOfFileSystem(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]string{"*": "true", "elasticfilesystem:ClientMount": "true", "elasticfilesystem:ClientWrite": "false"} {
		text := "  F: {Type: AWS::EFS::FileSystem, Properties: {FileSystemPolicy: {Statement: [{Effect: Deny, Principal: \"*\", Action: \"" + action + "\", Resource: \"*\", Condition: {Bool: {\"aws:SecureTransport\": \"false\"}}}]}}}\n"
		if got := short(dataFact(t, text, "F", "transportPolicy", "onus::TransportPolicy").Get("TLSOnly")); got != want {
			t.Errorf("%s: %s, want %s", action, got, want)
		}
	}
}
