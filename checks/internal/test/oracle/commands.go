// Package oracle shows tests how others read the program's output: which commands
// and outputs the Actions runner finds in it, and whether it gives a secret away.
//
// It follows the runner's ActionCommand.cs and FileCommandManager.cs, and shares no
// code with the program, so that the two cannot agree by mistake. Where it is
// inexact, it finds too much rather than too little. It is for tests only: the
// program does not link it.
package oracle

import (
	"iter"
	"strings"
	"unicode"
)

// A Command is a line that the runner obeys instead of showing it.
type Command struct {
	Name       string
	Properties map[string]string
	Message    string
}

// stopCommands makes the runner show commands as text until a command appears whose
// name is the message of this one.
const stopCommands = "stop-commands"

// Commands returns the commands of any name that the runner finds in a stream,
// without those that a stop-commands makes it ignore.
func Commands(stream []byte) []Command {
	var commands []Command
	stop := ""
	for line := range lines(string(stream)) {
		c, ok := command(line)
		switch {
		case !ok:
		case stop != "":
			if strings.EqualFold(c.Name, stop) {
				stop = ""
			}
		default:
			if strings.EqualFold(c.Name, stopCommands) {
				stop = c.Message
			}
			commands = append(commands, c)
		}
	}
	return commands
}

// lines yields the lines of a stream, which end in LF, CR or CR LF.
func lines(stream string) iter.Seq[string] {
	return strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(stream), "\n")
}

// A syntax is one of the two ways to write a command.
type syntax struct {
	open, close  string
	anywhere     bool // whether it may start in mid-line
	separator    string
	unescape     *strings.Replacer // of messages
	unescapeProp *strings.Replacer
}

var (
	legacyEscapes = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3B", ";", "%5D", "]", "%25", "%")

	syntaxes = []syntax{
		{open: "::", close: "::", separator: ",",
			unescape:     strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%"),
			unescapeProp: strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")},
		{open: "##[", close: "]", separator: ";", anywhere: true, unescape: legacyEscapes, unescapeProp: legacyEscapes},
	}
)

// command parses a line as a command. It ignores leading Unicode white space.
func command(line string) (Command, bool) {
	line = strings.TrimLeftFunc(line, unicode.IsSpace)
	for _, s := range syntaxes {
		if c, ok := s.command(line); ok {
			return c, true
		}
	}
	return Command{}, false
}

func (s syntax) command(line string) (Command, bool) {
	before, rest, ok := strings.Cut(line, s.open)
	if !ok || before != "" && !s.anywhere {
		return Command{}, false
	}
	info, message, ok := strings.Cut(rest, s.close)
	name, properties, _ := strings.Cut(info, " ")
	if !ok || name == "" {
		return Command{}, false
	}
	c := Command{Name: name, Properties: map[string]string{}, Message: s.unescape.Replace(message)}
	for pair := range strings.SplitSeq(strings.TrimSpace(properties), s.separator) {
		if key, value, ok := strings.Cut(pair, "="); ok {
			c.Properties[key] = s.unescapeProp.Replace(value)
		}
	}
	return c, true
}
