/**
 * Completion scripts, made from the command tree. They are static: pressing TAB runs no program, so nothing that stands
 * in a half-typed prompt is ever evaluated, and it answers at once.
 */

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** The part of commander's command that completion reads. */
export interface CommandTree {
  name(): string;
  summary(): string;
  description(): string;
  readonly commands: readonly CommandTree[];
  readonly options: readonly {
    readonly short?: string | undefined;
    readonly long?: string | undefined;
    readonly description: string;
    readonly required: boolean;
    readonly argChoices?: readonly string[] | undefined;
  }[];
}

interface Flag {
  readonly names: readonly string[];
  readonly about: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

interface Entry {
  readonly name: string;
  readonly about: string;
  readonly flags: readonly Flag[];
  /** Words that come next: subcommands, or the shells. Empty: files. */
  readonly words: readonly string[];
}

/** Up to the first bracket or stop: a line beside a completion, free of what shells read. */
function short(text: string): string {
  return text
    .split(/[(:;.]/)[0]!
    .replaceAll(/[^\w ,=/-]/g, "")
    .trim();
}

/** A command's options and those of its subcommands, each once. */
function optionsOf({ options, commands }: CommandTree): CommandTree["options"] {
  const all = [...options, ...commands.flatMap((sub) => sub.options)];
  return [...new Map(all.map((option) => [option.long ?? option.short, option])).values()];
}

function entriesOf(program: CommandTree): Entry[] {
  return program.commands.map((command) => ({
    name: command.name(),
    about: short(command.summary() || command.description()),
    words: command.name() === "completion" ? SHELLS : command.commands.map((sub) => sub.name()),
    flags: [
      ...optionsOf(command).map(({ short: brief, long, description, required, argChoices }) => ({
        names: [brief, long].filter((name) => name !== undefined),
        about: short(description),
        takesValue: required,
        choices: argChoices ?? [],
      })),
      { names: ["-h", "--help"], about: "show this help", takesValue: false, choices: [] },
    ],
  }));
}

function bash(program: string, entries: readonly Entry[]): string {
  const cases = entries.map(({ name, flags, words }) => {
    const values = flags
      .filter(({ takesValue }) => takesValue)
      .map(({ names, choices }) => {
        const answer =
          choices.length > 0 ? `COMPREPLY=($(compgen -W "${choices.join(" ")}" -- "$cur"))` : ":";
        return `        ${names.join("|")}) ${answer}; return ;;`;
      });
    const all = flags.flatMap(({ names }) => names.filter((flag) => flag.startsWith("--")));
    return [
      `    ${name})`,
      ...(values.length > 0 ? ['      case "$prev" in', ...values, "      esac"] : []),
      `      [[ $cur == -* ]] && COMPREPLY=($(compgen -W "${all.join(" ")}" -- "$cur"))`,
      ...(words.length > 0
        ? [`      [[ $cur != -* ]] && COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$cur"))`]
        : []),
      "      ;;",
    ].join("\n");
  });
  return `# bash completion of ${program}: source <(${program} completion bash)
_${program}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=($(compgen -W "${entries.map(({ name }) => name).join(" ")} help --help --version" -- "$cur"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac
}
complete -o bashdefault -o default -F _${program} ${program}`;
}

function zsh(program: string, entries: readonly Entry[]): string {
  const cases = entries.map(({ name, flags, words }) => {
    const specs = flags.flatMap(({ names, about, takesValue, choices }) => {
      const value = !takesValue ? "" : choices.length > 0 ? `:value:(${choices.join(" ")})` : ":value:_files";
      return names.map((flag) => `'${flag}[${about}]${value}'`);
    });
    const first = words.length > 0 ? [`'1:word:(${words.join(" ")})'`] : [];
    return `    ${name}) _arguments ${[...specs, ...first, "'*:file:_files'"].join(" \\\n      ")} ;;`;
  });
  return `#compdef ${program}
# zsh completion of ${program}: source <(${program} completion zsh)
_${program}() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${entries.map(({ name, about }) => `      '${name}:${about}'`).join("\n")}
    )
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join("\n")}
  esac
}
compdef _${program} ${program}`;
}

function fish(program: string, entries: readonly Entry[]): string {
  const lines = entries.flatMap(({ name, about, flags, words }) => [
    `complete -c ${program} -n __fish_use_subcommand -f -a ${name} -d '${about}'`,
    ...flags.map(({ names, about: text, takesValue, choices }) => {
      const forms = names.map((flag) =>
        flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
      );
      const value = !takesValue ? "" : choices.length > 0 ? ` -x -a '${choices.join(" ")}'` : " -r";
      return `complete -c ${program} -n '__fish_seen_subcommand_from ${name}' ${forms.join(" ")}${value} -d '${text}'`;
    }),
    ...(words.length > 0
      ? [`complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -f -a '${words.join(" ")}'`]
      : []),
  ]);
  return [`# fish completion of ${program}: ${program} completion fish | source`, ...lines].join("\n");
}

/** The script that teaches a shell a program's commands, options and choices. */
export function completionScript(program: CommandTree, shell: Shell): string {
  return { bash, zsh, fish }[shell](program.name(), entriesOf(program));
}
