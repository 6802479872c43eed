// Package oracle shows tests how others read the program's output: which commands
// and outputs the Actions runner finds in it, and whether it gives a secret away.
//
// It follows the runner's ActionCommand.cs, ActionCommandManager.cs and
// FileCommandManager.cs, and shares no code with the program, so that the two cannot
// agree by mistake. Where it is inexact, it finds too much rather than too little.
// It is for tests only: the program does not link it.
package oracle

import (
	"iter"
	"slices"
	"strings"
	"unicode"
)

// A Command is a line that the runner obeys instead of showing it.
type Command struct {
	Name       string
	Properties map[string]string
	Message    string
}

// registered are the commands that the runner knows. Any other line is text to it.
var registered = []string{
	"add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice", "remove-matcher", "save-state",
	"set-env", "set-output", stopCommands, "warning",
}

// stopCommands makes the runner show commands as text until a command appears whose
// name is the message of this one. It refuses such a token if it is empty,
// pause-logging or the name of a command.
const stopCommands = "stop-commands"

// Commands returns the commands of any name that the runner finds in a stream, also
// of those that it does not know yet, but without those that a stop-commands makes
// it ignore.
func Commands(stream []byte) []Command {
	var commands []Command
	stop := ""
	for line := range lines(string(stream)) {
		found := parse(line)
		obeyed := slices.IndexFunc(found, func(c Command) bool { return isRegistered(c.Name) || stop != "" && strings.EqualFold(c.Name, stop) })
		switch {
		case stop != "":
			if obeyed >= 0 && strings.EqualFold(found[obeyed].Name, stop) {
				stop = ""
			}
			continue
		case obeyed >= 0: // the runner looks no further
			found = found[:obeyed+1]
			if c := found[obeyed]; asciiLower(c.Name) == stopCommands && !isRegistered(c.Message) && asciiLower(c.Message) != "pause-logging" {
				stop = c.Message
			}
		}
		if len(found) == 0 { // the runner compares by culture, which overlooks some characters
			found = parse(strings.Map(overlooked, line))
		}
		commands = append(commands, found...)
	}
	return commands
}

func isRegistered(name string) bool { return slices.Contains(registered, asciiLower(name)) }

// asciiLower folds case as the runner compares names.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= unicode.MaxASCII {
			return unicode.ToLower(r)
		}
		return r
	}, s)
}

// overlooked drops the characters that have no weight in a comparison by culture.
func overlooked(r rune) rune {
	if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) && !unicode.IsSpace(r) {
		return -1
	}
	return r
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

// parse returns the commands that a line can be, in the order in which the runner
// tries them. It ignores leading Unicode white space.
func parse(line string) (found []Command) {
	line = strings.TrimLeftFunc(line, unicode.IsSpace)
	for _, s := range syntaxes {
		if c, ok := s.parse(line); ok {
			found = append(found, c)
		}
	}
	return found
}

func (s syntax) parse(line string) (Command, bool) {
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
	if !s.anywhere {
		properties = strings.TrimSpace(properties)
	}
	for pair := range strings.SplitSeq(properties, s.separator) {
		key, value, _ := strings.Cut(strings.TrimLeft(pair, "="), "=")
		if value = strings.TrimLeft(value, "="); value != "" {
			for set := range c.Properties {
				if strings.EqualFold(set, key) {
					key = set
				}
			}
			c.Properties[key] = s.unescapeProp.Replace(value)
		}
	}
	return c, true
}
