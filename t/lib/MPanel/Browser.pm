# Browser.pm - a chromium that tests steer: W3C WebDriver to chromedriver.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $b = MPanel::Browser->start(url => $panel->url);
#	$b->go('/login');
#	$b->fill('#f-email', 'a@example.com');
#	$b->press('Sign in');
#	is($b->text('h1'), 'Dashboard');
#
# Options: url, where paths begin; js => 0 runs no script of any page.  What
# is pressed or filled must be visible, as for a person.  Selectors are CSS;
# press and follow take the words on the button or link instead.  A fault of
# the browser, or an element that is not there, dies.
#
# https://www.w3.org/TR/webdriver2/; what begins with goog/ is chromedriver's
# way to the DevTools protocol.
package MPanel::Browser;
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use MIME::Base64;
use MPanel::Test;
use Time::HiRes qw(sleep);

my $json = JSON::PP->new->utf8->canonical;
# A chromium outlives its driver, whose end it is not told.
my $main_pid = $$;
my %running;
END { $$ == $main_pid and eval { $_->stop } for values %running }

my $element_key = 'element-6066-11e4-a52e-4f735466cecf';

# Nothing but loopback resolves, where all of .test is, and nothing is asked for
# in the background.
my @switches = qw(--headless --no-sandbox --disable-gpu --disable-quic
	--no-first-run --disable-background-networking --disable-sync
	--disable-component-update --disable-default-apps
	--disable-dev-shm-usage --hide-scrollbars);
push @switches, '--host-resolver-rules=MAP *.test 127.0.0.1,'
	. 'MAP * ~NOTFOUND,EXCLUDE 127.0.0.1';

# The programs are there.
sub is_here
{
	for my $name (qw(chromium chromedriver)) {
		return 0 unless grep { -x "$_/$name" } split /:/, $ENV{PATH};
	}
	return 1;
}

sub start
{
	my ($class, %o) = @_;
	my $self = bless { js => 1, %o, dir => scratch(), port => free_port(),
		http => HTTP::Tiny->new(timeout => 60, keep_alive => 0) },
		$class;

	local $ENV{HOME} = $self->{dir};
	$self->{pid} = spawn("$self->{dir}/log", 'chromedriver',
		"--port=$self->{port}", '--allowed-ips=127.0.0.1');
	wait_for(20, sub {
		my $r = eval { $self->call(GET => '/status') };
		$r && $r->{ready};
	}) or die "chromedriver is not ready:\n" . slurp("$self->{dir}/log");
	my $made = $self->call(POST => '/session', { capabilities =>
		{ alwaysMatch => $self->wishes } });
	$self->{session} = "/session/$made->{sessionId}";
	$running{ $self->{pid} } = $self;
	$self->{version} = $made->{capabilities}{browserVersion};
	$self->devtools('Network.enable');
	$self->size(1280, 900);
	return $self;
}

sub wishes
{
	my ($self) = @_;
	my %options = (args => [@switches,
		"--user-data-dir=$self->{dir}/profile",
		"--unsafely-treat-insecure-origin-as-secure=$self->{url}"]);

	$options{prefs}{profile}{managed_default_content_settings}{javascript}
		= 2 unless $self->{js};
	return { browserName => 'chrome', 'goog:chromeOptions' => \%options,
		'goog:loggingPrefs' => { browser => 'ALL' } };
}

sub stop
{
	my ($self) = @_;

	return unless $self->{session};
	delete $running{ $self->{pid} };
	eval { $self->call(DELETE => delete $self->{session}) };
	stop_process($self->{pid});
}

# One call; its value, or dies with what the driver says.  Each has a connection
# of its own: in a kept one head and body are two pieces of which the second
# waits 40 ms for word of the first.
sub call
{
	my ($self, $method, $path, $body) = @_;
	my $r = $self->{http}->request($method,
		"http://127.0.0.1:$self->{port}$path",
		$method eq 'POST' ? { content => $json->encode($body // {}),
		headers => { 'content-type' => 'application/json' } } : {});
	my $value = eval { $json->decode($r->{content})->{value} };

	return $value if $r->{success};
	my $why = ref $value ? "$value->{error}: $value->{message}"
		: $r->{content};
	die "$method $path: $why\n";
}

sub get { my ($self, $what) = @_; return $self->call(GET =>
	"$self->{session}/$what") }

sub post { my ($self, $what, $body) = @_; return $self->call(POST =>
	"$self->{session}/$what", $body) }

# A command of the DevTools protocol.
sub devtools
{
	my ($self, $command, %params) = @_;

	return $self->post('goog/cdp/execute',
		{ cmd => $command, params => \%params });
}

# ---- going about ----

sub go
{
	my ($self, $path) = @_;

	$self->post('url', { url => $path =~ /^http/ ? $path
		: $self->{url} . $path });
}

# What is downloaded from now on lands there.
sub downloads_to
{
	my ($self, $dir) = @_;

	$self->devtools('Browser.setDownloadBehavior', behavior => 'allow',
		downloadPath => $dir);
}

# Where we are, as a path where it is the panel's.
sub at
{
	my ($self) = @_;

	return $self->get('url') =~ s/^\Q$self->{url}\E(?=\/)//r;
}

sub back { $_[0]->post('back') }

# The page in the window; its loaderId is another for every page.
sub frame
{
	my ($self) = @_;

	return $self->devtools('Page.getFrameTree')->{frameTree}{frame};
}

# ---- elements ----

sub find_by
{
	my ($self, $using, $value) = @_;

	return map { $_->{$element_key} } @{ $self->post('elements',
		{ using => $using, value => $value }) };
}

sub find
{
	my ($self, $selector) = @_;

	return $self->find_by('css selector', $selector);
}

# The first visible of these elements.
sub visible
{
	my ($self, @elements) = @_;

	for my $e (@elements) {
		return $e if $self->get("element/$e/displayed");
	}
	return undef;
}

# What a script makes anew may be gone between being found and being asked: it
# is looked for again then, and ten times gone is no accident.
sub anew
{
	my ($self, $ask) = @_;

	for (1 .. 10) {
		my $said;
		return $said if eval { $said = $ask->(); 1 };
		die $@ if $@ !~ /stale element reference/;
	}
	die $@;
}

sub has
{
	my ($self, $selector) = @_;

	return $self->anew(sub {
		defined $self->visible($self->find($selector)) });
}

# The text of the first visible match; undef when there is none.
sub text
{
	my ($self, $selector) = @_;

	return $self->anew(sub {
		my $e = $self->visible($self->find($selector));
		return defined $e ? $self->get("element/$e/text") : undef });
}

sub value
{
	my ($self, $selector) = @_;
	my ($e) = $self->find($selector);

	return defined $e ? $self->get("element/$e/property/value") : undef;
}

sub fill
{
	my ($self, $selector, $text) = @_;
	my $e = $self->visible($self->find($selector))
		// die "$selector is not to be seen on " . $self->at . "\n";

	$self->post("element/$e/clear");
	$self->post("element/$e/value", { text => $text });
}

sub click
{
	my ($self, $selector) = @_;
	my $e = $self->visible($self->find($selector))
		// die "$selector is not to be seen on " . $self->at . "\n";

	$self->post("element/$e/click");
}

# Choose an option by its value.
sub choose
{
	my ($self, $selector, $value) = @_;
	my ($e) = $self->find(qq{$selector option[value="$value"]});

	die "$selector has no '$value' on " . $self->at . "\n"
		unless defined $e;
	$self->post("element/$e/click");
}

# Keys to an element; https://www.w3.org/TR/webdriver2/#keyboard-actions has
# the numbers of those without a letter.
sub keys
{
	my ($self, $selector, $keys) = @_;
	my ($e) = $self->find($selector);

	$self->post("element/$e/value", { text => $keys });
}

# The return key in a field: its form is sent.
sub enter
{
	my ($self, $selector) = @_;

	$self->leaving(sub { $self->keys($selector, "\x{e007}") });
}

# Do $act and wait until another page is here.
sub leaving
{
	my ($self, $act) = @_;
	my $from = $self->frame->{loaderId};

	$act->();
	wait_for(20, sub {
		$self->frame->{loaderId} ne $from
			&& $self->script('return document.readyState')
				eq 'complete';
	}) or die "still at " . $self->at . "\n";
}

# The first visible one with these words, or with more words after them that
# are for readers only.
sub named
{
	my ($self, $words, @kinds) = @_;
	my $path = join ' | ', map { qq{//$_\[normalize-space(.)="$words"}
		. qq{ or starts-with(normalize-space(.), "$words ")]} } @kinds;

	return $self->visible($self->find_by(xpath => $path));
}

# What stands in a closed menu is found by opening the menu.
sub reveal
{
	my ($self, $words, @kinds) = @_;
	my $found = $self->named($words, @kinds);

	return $found if defined $found;
	for my $menu ($self->find('details.menu:not([open]) > summary')) {
		next unless defined $self->visible($menu);
		$self->post("element/$menu/click");
		$found = $self->named($words, @kinds);
		return $found if defined $found;
		$self->post("element/$menu/click");
	}
	die "nothing is called '$words' on " . $self->at . "\n";
}

# Click what is called so; nothing is waited for.
sub touch
{
	my ($self, $words) = @_;

	$self->post('element/' . $self->reveal($words, 'a', 'button')
		. '/click');
}

# Press a button, follow a link: another page comes.
sub press
{
	my ($self, $words) = @_;
	my $e = $self->reveal($words, 'button');

	$self->leaving(sub { $self->post("element/$e/click") });
}

sub follow
{
	my ($self, $words) = @_;
	my $e = $self->reveal($words, 'a');

	$self->leaving(sub { $self->post("element/$e/click") });
}

# ---- looking ----

# The body of a function that is run in the page; its return value.
sub script
{
	my ($self, $body, @args) = @_;

	return $self->post('execute/sync',
		{ script => $body, args => \@args });
}

# As above, for a function that returns a promise.
sub script_async
{
	my ($self, $body, @args) = @_;

	return $self->post('execute/async', { args => \@args, script =>
		'const done = arguments[arguments.length - 1];'
		. "(async () => { $body }).apply(null, arguments)"
		. '.then(done, e => done({ failed: String(e) }));' });
}

# The window's inner size in CSS pixels.
sub size
{
	my ($self, $width, $height) = @_;

	return if ($self->{size} // '') eq "$width $height";
	$self->{size} = "$width $height";
	$self->devtools('Emulation.setDeviceMetricsOverride',
		width => $width, height => $height,
		deviceScaleFactor => 1, mobile => JSON::PP::false);
}

# 'light' or 'dark', as the person's system says.
sub scheme
{
	my ($self, $scheme) = @_;

	return if ($self->{scheme} // 'light') eq $scheme;
	$self->{scheme} = $scheme;
	$self->devtools('Emulation.setEmulatedMedia', features =>
		[{ name => 'prefers-color-scheme', value => $scheme }]);
}

# Come in with a session that was made elsewhere.
sub enter_as
{
	my ($self, $name, $value) = @_;

	$self->go('/login');
	$self->post('cookie', { cookie => { name => $name, value => $value,
		path => '/', httpOnly => JSON::PP::true } });
}

# All cookies, as a Cookie header.
sub cookies
{
	my ($self) = @_;

	return join '; ', map { "$_->{name}=$_->{value}" }
		@{ $self->get('cookie') };
}

# The page as it was sent, characters not bytes.
sub source
{
	my ($self) = @_;
	my $r = $self->devtools('Network.getResponseBody',
		requestId => $self->frame->{loaderId});

	return $r->{base64Encoded} ? decode_base64($r->{body})
		: $r->{body};
}

# Everything on the page as a PNG, also what is below the window.
sub shoot
{
	my ($self, $file) = @_;
	my $shot = $self->devtools('Page.captureScreenshot', format => 'png',
		captureBeyondViewport => JSON::PP::true);

	open my $fh, '>', $file or die "$file: $!";
	binmode $fh;
	print $fh decode_base64($shot->{data});
	close $fh or die "$file: $!";
}

# What the browser complained about since the last call: scripts, policy,
# what could not be loaded.
sub complaints
{
	my ($self) = @_;

	return map { "$_->{level} $_->{message}" }
		grep { $_->{level} =~ /SEVERE|WARNING/ }
		@{ $self->post('se/log', { type => 'browser' }) };
}

1;
