# bash completion of nanodnsctl(1). Commands, arguments and options are read from `nanodnsctl help`, which prints the
# table of the installed version. Names of hosts come from the running daemon.

# Prints the names of the hosts that begin with the word before the cursor. A daemon that hangs has none.
_nanodnsctl_hosts()
{
    timeout 2 "$program" "${socket[@]}" hosts "${current//[^a-zA-Z0-9._-]/}*" 2>/dev/null | {
        read -r name _
        [[ $name != NAME ]] || while read -r name _; do echo "$name"; done
    }
}

# Sets commands, options, and usage: the arguments of the command.
_nanodnsctl_read_help()
{
    local line is_option=
    local -a word
    while IFS= read -r line; do
        case $line in
        Options*) is_option=yes ;;
        '   '*) ;; # an explanation
        '  '*)
            read -ra word <<<"${line// | /|}" # [--this | --that] is one word
            if [[ $is_option ]]; then
                options+=("${word[0]%,}")
                [[ ${word[1]} != --* ]] || options+=("${word[1]}")
            else
                commands+=("${word[0]}")
                [[ ${word[0]} != "$command" ]] || usage=("${word[@]:1}")
            fi
            ;;
        esac
    done < <("$program" help 2>/dev/null)
}

# Splits usage: options that take a value are in valued, what stands alone is in expected.
_nanodnsctl_read_usage()
{
    local word is_value=
    local -a names
    for word in "${usage[@]}"; do
        if [[ $is_value ]]; then
            is_value=
        elif [[ $word == '[-'*']' ]]; then
            word=${word#[}
            IFS='|' read -ra names <<<"${word%]}"
            options+=("${names[@]}")
        elif [[ $word == '[-'* ]]; then
            is_value=yes
            valued+=("${word#[}")
            options+=("${word#[}")
        elif [[ $word != '[ARG'* ]]; then
            word=${word#[}
            word=${word%...}
            expected+=("${word%]}")
        fi
    done
}

# Sets candidates: what may stand in the place of the word before the cursor, as an argument of the command.
_nanodnsctl_argument()
{
    local name=${expected[given]-}
    if [[ $name == [a-z]* || (-z $name && "${expected[*]}" == *' '[a-z]*) ]]; then # any of the words, in any order
        candidates=("${expected[@]:1}")
        return
    fi
    case $name in
    HOST | PATTERN) mapfile -t candidates < <(_nanodnsctl_hosts) ;;
    COMMAND) candidates=("${commands[@]}") ;;
    esac
}

_nanodnsctl_files()
{
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
}

_nanodnsctl()
{
    local program=$1 current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command= word
    local -i i given=0
    local -a socket=() commands=() options=() usage=() valued=(-S) expected=() candidates=()

    for ((i = 1; i < COMP_CWORD; ++i)); do
        word=${COMP_WORDS[i]}
        if [[ $word == -S && i+1 -lt COMP_CWORD ]]; then
            socket=(-S "${COMP_WORDS[++i]}")
        elif [[ $word != -* ]]; then
            command=$word
            break
        fi
    done
    _nanodnsctl_read_help
    _nanodnsctl_read_usage
    for ((++i; i < COMP_CWORD; ++i)); do
        word=${COMP_WORDS[i]}
        if [[ $word == --exec && i+1 -lt COMP_CWORD ]]; then
            _nanodnsctl_files # an argument of the program
            return
        elif [[ " ${valued[*]} " == *" $word "* ]]; then
            [[ $word != -S ]] || socket=(-S "${COMP_WORDS[i + 1]}")
            ((++i))
        elif [[ $word != -* ]]; then
            ((++given))
        fi
    done

    if [[ " ${valued[*]} " == *" $previous "* ]]; then
        case $previous in
        -S) _nanodnsctl_files ;;
        --exec) mapfile -t COMPREPLY < <(compgen -c -- "$current") ;;
        esac
        return
    fi
    if [[ $current == -* ]]; then
        candidates=("${options[@]}")
    elif [[ -z $command ]]; then
        candidates=("${commands[@]}")
    else
        _nanodnsctl_argument
    fi
    COMPREPLY=()
    for word in "${candidates[@]}"; do # compgen -W would expand what is in a name
        [[ $word != "$current"* ]] || COMPREPLY+=("$word")
    done
}

complete -F _nanodnsctl nanodnsctl
