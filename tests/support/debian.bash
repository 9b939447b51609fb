# For scripts that make a root of Debian packages: finds the mirror that apt is configured with.

# value_of_apt KEY: what apt is configured with; nothing if it is not.
value_of_apt() {
    local value=
    eval "$(apt-config shell value "$1")"
    echo "$value"
}

# release_of_this_system: its code name.
release_of_this_system() {
    (. /etc/os-release && echo "$VERSION_CODENAME")
}

# find_mirror RELEASE: the mirror whose main component has the release, as apt itself reads its sources.
find_mirror() {
    local uri release component
    while read -r uri release component; do
        if [[ $release == "$1" && $component == main ]]; then
            echo "$uri"
            return
        fi
    done < <(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages')
}

# use_proxy_of_apt MIRROR: what downloads without apt's configuration knows a proxy from its environment.
use_proxy_of_apt() {
    local scheme=${1%%:*} host proxy
    host=${1#*://}
    host=${host%%[/:]*}
    proxy=$(value_of_apt "Acquire::$scheme::Proxy::$host")
    [[ -n $proxy ]] || proxy=$(value_of_apt "Acquire::$scheme::Proxy")
    case $proxy in
    '') ;;
    DIRECT) export no_proxy=$host ;;
    *) export "${scheme}_proxy=$proxy" ;;
    esac
}
