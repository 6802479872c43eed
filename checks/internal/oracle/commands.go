// Package oracle tells tests what others make of what the program writes:
// which commands and outputs the Actions runner reads from it, and whether any
// of it gives a secret away.
//
// It is a model of those readers, written from what is known of them (the
// runner's ActionCommand.cs and FileCommandManager.cs), and shares no code
// with the program, so that the two do not agree by mistake. Where it is not
// exact it sees too much rather than too little. It is for tests only: the
// program never links it.
package oracle

import (
	"iter"
	"strings"
	"unicode"
)

// A Command is a line that the runner acts on instead of showing it.
type Command struct {
	Name       string
	Properties map[string]string
	Message    string
}

// stopCommands makes the runner show commands as text until its message, as
// the name of a command, turns up.
const stopCommands = "stop-commands"

// Commands returns the commands that the runner finds in a stream, of whatever
// name, stop-commands included; what it then ignores is left out.
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

// lines yields the lines of a stream: LF, CR or both end one.
func lines(stream string) iter.Seq[string] {
	return strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(stream), "\n")
}

// A syntax is one of the two ways to write a command.
type syntax struct {
	open, close  string
	anywhere     bool // in a line, not only at its start
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

// command reads a line as a command. Leading white space, in the sense of
// Unicode, does not count.
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
