package oracle

import (
	"errors"
	"fmt"
	"strings"
)

// Outputs reads a file of outputs, environment variables or state as the runner on
// Linux does: lines of name=value, or name<<DELIM, lines, DELIM. A name that is set
// twice is in names twice, and in values with its last value. On an error the
// runner fails the step, after it has set the names before. It skips a byte order
// mark, as all that reads text in .NET.
func Outputs(file []byte) (names []string, values map[string]string, err error) {
	values = make(map[string]string)
	for rest := strings.TrimPrefix(string(file), "\ufeff"); rest != ""; {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		if line == "" {
			continue
		}
		equals, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		var name, value string
		switch {
		case equals >= 0 && (heredoc < 0 || equals < heredoc):
			name, value = line[:equals], line[equals+len("="):]
		case heredoc >= 0:
			name = line[:heredoc]
			value, rest, err = until(line[heredoc+len("<<"):], rest)
		default:
			err = fmt.Errorf("invalid format %q", line)
		}
		if err == nil && name == "" {
			err = fmt.Errorf("invalid format %q: name must not be empty", line)
		}
		if err != nil {
			return names, values, err
		}
		names = append(names, name)
		values[name] = value
	}
	return names, values, nil
}

// until cuts text at the line that equals delimiter.
func until(delimiter, text string) (value, rest string, err error) {
	if delimiter == "" {
		return "", "", errors.New("invalid format: delimiter must not be empty")
	}
	var taken []string
	for text != "" {
		line, after, whole := strings.Cut(text, "\n")
		if line == delimiter {
			return strings.Join(taken, "\n"), after, nil
		}
		if !whole {
			break
		}
		taken, text = append(taken, line), after
	}
	return "", "", fmt.Errorf("invalid value: matching delimiter not found %q", delimiter)
}
