package workload

import (
	"regexp"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// This file tells the line of an image of AWS: the Amazon Linux that it is built on, where that line has an end of
// support which the catalog judges by the date. Other images have none.

const (
	lineAL1 = "amazon-linux-1"
	lineAL2 = "amazon-linux-2"
	// lineMixed stands for images of which some are of a line and others are not.
	lineMixed = "?"
)

// imageLines tells a line by the name of an image or the path of an SSM parameter.
var imageLines = []struct {
	text *regexp.Regexp
	line string
}{
	{regexp.MustCompile(`amzn2-ami|/amazon-linux-2(-[a-z0-9]+)?(/|$)|amazon-eks-(gpu-|arm64-)?node-1\.`), lineAL2},
	{regexp.MustCompile(`amzn-ami|/optimized-ami/amazon-linux(/|$)`), lineAL1},
}

// lineOf is the line that names or paths tell; lineMixed when they differ, "" when none tells one.
func lineOf(texts ...string) string {
	out := ""
	for i, text := range texts {
		line := ""
		for _, l := range imageLines {
			if l.text.MatchString(strings.ToLower(text)) {
				line = l.line
				break
			}
		}
		if i > 0 {
			line = commonLine(out, line)
		}
		out = line
	}
	return out
}

// amiTypeLine is the line behind an AMI type of EKS: AL2_x86_64, AL2_x86_64_GPU and AL2_ARM_64 are Amazon Linux 2.
func amiTypeLine(amiType string) string {
	if strings.HasPrefix(amiType, "AL2_") {
		return lineAL2
	}
	return ""
}

func commonLine(a, b string) string {
	if a != b {
		return lineMixed
	}
	return a
}

// lineProperty is the Line of an image that has one; that of several images which differ in it is unknown.
func (im image) lineProperty(from []inventory.Value) []inventory.Property {
	switch im.line {
	case "":
		return nil
	case lineMixed:
		place := from[0].Origin()
		step := inventory.Step{Name: "the Amazon Linux below the image", Note: "differs between the images", At: place}
		return []inventory.Property{{Name: "Line", Value: inventory.UnknownValue(place, step)}}
	}
	return []inventory.Property{{Name: "Line", Value: derivedString(im.line, from...)}}
}
