# Story.pm - an evening of Demo Hosting's owner, from log-in to log-out.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $story = Story->new(browser => $b, panel => $panel,
#		look => sub { my ($name, %o) = @_; ... });
#	$story->run;
#	$story->leave;
#
# Told the same with scripts and without; look is called on every page, by a
# name, with the status it has when that is not 200.
package Story;
use strict;
use warnings;
use utf8;
use HTTP::Tiny;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

binmode Test::More->builder->$_, ":encoding(UTF-8)"
	for qw(output failure_output todo_output);

sub new
{
	my ($class, %o) = @_;

	return bless \%o, $class;
}

sub look
{
	my ($self, $name, %o) = @_;

	$self->{look}->($name, %o);
}

# Go there and look.
sub see
{
	my ($self, $name, $path, %o) = @_;

	$self->{browser}->go($path);
	$self->look($name, %o);
}

sub enter
{
	my ($self, $email, $password) = @_;
	my $b = $self->{browser};

	$b->fill('#f-email', $email);
	$b->fill('#f-password', $password);
	$b->press('Sign in');
}

sub run
{
	my ($self) = @_;

	$self->door;
	$self->first_look;
	$self->shop;
	$self->dashboard;
	$self->orders;
	$self->review;
	$self->correction;
	$self->refund;
	$self->refusal;
	$self->customer;
	$self->suspension;
	$self->failure;
	$self->servers;
	$self->websites;
	$self->search;
	$self->ways;
	$self->mail;
	$self->roles;
	$self->brand;
	$self->see('styleguide', '/styleguide');
	$self->soon;
	$self->errors;
}

# ---- what the story stands on ----

# A verb that asks first: with scripts the question comes as a dialog, without
# as a page of its own.
sub ask
{
	my ($self, $words, $name) = @_;
	my $b = $self->{browser};

	return $b->follow($words) || $self->look($name) unless $b->{js};
	$b->touch($words);
	ok(wait_for(5, sub { $b->has('dialog[open] .ask') }),
		"'$words' opens a dialog");
	$self->look("$name-dialog");
}

sub flash_is
{
	my ($self, $text, $claim) = @_;

	like($self->{browser}->text('.flash') // 'nothing', $text, $claim);
}

# A paid order as the shop tells it; its status right after.
sub take
{
	my ($self, $order) = @_;
	my $r = $self->{panel}->post(INTAKE, json => $order,
		token => $self->{panel}->ready->{intakeToken});

	return $r->{json}{status} // $r->{status};
}

sub wait_until
{
	my ($self, $intent, $status) = @_;
	my ($panel, $now) = ($self->{panel}, '');

	wait_for(30, sub {
		$now = $panel->get("/api/public/orders/$intent", token =>
			$panel->ready->{intakeToken})->{json}{status};
		$now eq $status;
	});
	is($now, $status, "$intent is $status");
}

# A made site, by its Host header.
sub site
{
	my ($self, $domain) = @_;
	my $url = $self->{panel}->ready->{node}{httpUrl};

	$url =~ s{//[^:/]+}{//$domain};
	return HTTP::Tiny->new(timeout => 10)->get($url,
		{ peer => '127.0.0.1' });
}

# ---- the door ----

sub door
{
	my ($self) = @_;
	my $b = $self->{browser};
	my $ready = $self->{panel}->ready;

	$self->see('door-404', '/no/such/page', status => 404);
	$b->go('/orders?status=review');
	is($b->at, '/login?next=%2Forders%3Fstatus%3Dreview',
		'who is not signed in stands before the door');
	$self->look('login');
	$self->enter($ready->{adminEmail}, 'a wrong password');
	is($b->text('[role=alert]'), 'E-mail or password is not right.',
		'a wrong password is told');
	is($b->value('#f-email'), $ready->{adminEmail},
		'and the address is kept');
	$self->look('login-wrong', status => 401);
	$self->enter($ready->{adminEmail}, $ready->{adminPassword});
	is($b->at, '/orders?status=review',
		'the right one leads to where one wanted to go');
}

sub first_look
{
	my ($self) = @_;
	my $b = $self->{browser};

	$self->look('orders-empty');
	$self->see('dashboard-new', '/dashboard');
	like($b->text('.figs dd'), qr{^\$0\.00}, 'a new company has zeros');
	$self->see('customers-empty', '/admin/customers');
}

# ---- orders ----

# One order that is right, three that wait, one call that is refused.
sub shop
{
	my ($self) = @_;
	my %name = (customerName => "O'Brien & Söhne <GmbH>",
		customerEmail => 'obrien@example.com');
	my $price = contract_order('pi_price', %name,
		primaryDomain => 'obrien-soehne.example.com');
	my $code = small_order('pi_code', %name,
		primaryDomain => 'second.example.com');
	my $broken = small_order('pi_broken', customerEmail => 'nobody');

	$price->{items}[1]{unitPrice} = '9.95';
	$code->{items}[0]{productSlug} = 'startr';
	is($self->take(contract_order('pi_good')), 'processing',
		'a right order is taken');
	is($self->take($price), 'review', 'one with a wrong price waits');
	is($self->take($code), 'review', 'and one for an unknown product');
	is($self->take($broken), 422, 'a malformed one is refused');
	$self->wait_until(pi_good => 'completed');
}

sub dashboard
{
	my ($self) = @_;
	my $b = $self->{browser};

	$self->see('dashboard', '/dashboard');
	like($b->text('main'), qr/2 paid orders are held in review/,
		'the dashboard says what waits');
	like($b->text('main'), qr/1 order call was refused/,
		'also what was refused');
	$b->follow('Review orders');
	is($b->at, '/orders?status=review', 'and leads there');
	$self->look('orders-review');
}

sub orders
{
	my ($self) = @_;
	my $b = $self->{browser};

	$self->see('orders', '/orders');
	$b->fill('#by-q', 'no such thing');
	$b->press('Filter');
	$self->look('orders-nomatch');
	$b->follow('Clear filters');
	$b->fill('#by-q', 'techstartup');
	$b->press('Filter');
	is(scalar($b->find('tbody tr')), 1, 'a domain finds its order');
	$b->follow('ORD-' . $self->year . '-000001');
	$self->look('order-done');
}

sub year { return 1900 + (gmtime)[5] }

# The page of the order with this number.
sub open_order
{
	my ($self, $number) = @_;
	my $b = $self->{browser};

	$b->go('/orders');
	$b->follow(sprintf 'ORD-%d-%06d', $self->year, $number);
}

# Accept what waits: the price paid is honoured.
sub review
{
	my ($self) = @_;
	my $b = $self->{browser};

	$self->open_order(2);
	like($b->text('h1'), qr/In review/, 'an order in review says so');
	like($b->text('main'), qr/The money is safe/, 'and that it is safe');
	like($b->text('main'), qr/O'Brien & Söhne <GmbH>/,
		'a name is shown as it is written');
	$self->look('order-review');
	$self->ask('Accept as paid…', 'order-accept');
	$b->press('Accept as paid');
	$self->flash_is(qr/^Accepted\. 3 tasks started/,
		'it is accepted and says what follows');
	$self->look('order-accepted');
	$self->wait_until(pi_price => 'completed');
	is($self->site('obrien-soehne.example.com')->{status}, 200,
		'its website answers');
	$self->open_order(2);
	like($b->text('h1'), qr/Completed/, 'and the order is completed');
	$self->look('order-completed');
}

sub correction
{
	my ($self) = @_;
	my $b = $self->{browser};

	$self->open_order(3);
	$self->look('order-review-code');
	$b->follow('Correct order');
	$self->look('order-correct');
	$b->press('Save corrected order');
	ok($b->has('[role=alert]'), 'an open field is told');
	$self->look('order-correct-wrong', status => 422);
	$b->choose('#f-code1', 'starter');
	$b->press('Save corrected order');
	$self->flash_is(qr/^Corrected\. Nothing is open any more/,
		'a correction is saved');
	$self->look('order-corrected');
	$self->ask('Accept as paid…', 'order-accept-clean');
	$b->press('Accept as paid');
	$self->wait_until(pi_code => 'completed');
}

sub refund
{
	my ($self) = @_;
	my $b = $self->{browser};

	$self->open_order(3);
	$self->ask('Refund…', 'order-refund');
	$b->fill('#f-reason', 'They asked for it');
	$b->press('Refund $29.88');
	$self->flash_is(qr/^Refunded \$29\.88\./, 'money goes back');
	$self->look('order-refunded');
}

sub refusal
{
	my ($self) = @_;
	my $b = $self->{browser};

	$self->see('refusals', '/orders/refusals');
	$b->follow('pi_broken');
	$self->look('refusal');
	my $body = $b->value('#f-body');
	$b->fill('#f-body', '{"half":');
	$b->press('Place this order');
	ok($b->has('[role=alert]'), 'what can not be read is told');
	is($b->value('#f-body'), '{"half":', 'and kept');
	$self->look('refusal-wrong', status => 422);
	$body =~ s/"nobody"/"somebody\@example.com"/;
	$b->fill('#f-body', $body);
	$b->press('Place this order');
	$self->flash_is(qr/^Placed/, 'a corrected call becomes an order');
	like($b->at, qr{^/orders/}, 'that one comes to');
	$self->look('order-placed');
	$b->go('/orders/refusals');
	$b->follow('pi_broken');
	$self->look('refusal-placed');
	$self->wait_until(pi_broken => 'completed');
}

# ---- customers ----

sub customer
{
	my ($self) = @_;
	my $b = $self->{browser};

	$self->see('customers', '/admin/customers');
	$b->follow("O'Brien & Söhne <GmbH>");
	$self->look('customer');
	for my $tab (qw(Invoices Domains Websites)) {
		$b->follow($tab);
		$self->look('customer-' . lc $tab);
	}
}

# The site itself answers as its subscription stands.
sub suspension
{
	my ($self) = @_;
	my $b = $self->{browser};
	my $domain = 'techstartup.net';

	$b->go('/admin/customers');
	$b->follow('Client Name');
	$self->ask("Suspend… Starter $domain", 'suspend');
	$b->fill('#f-reason', 'a test');
	$b->press("Suspend $domain");
	$self->flash_is(qr/^\Q$domain\E is suspended\./,
		'a subscription is suspended');
	$self->look('customer-suspended');
	ok(wait_for(20, sub { $self->site($domain)->{status} == 503 }),
		'its website goes off');
	like($self->site($domain)->{content}, qr/suspended/, 'and says why');
	$b->go($b->at);
	$self->ask('Reactivate…', 'reactivate');
	$b->press("Reactivate $domain");
	$self->flash_is(qr/active again/, 'it is reactivated');
	ok(wait_for(20, sub { $self->site($domain)->{status} == 200 }),
		'its website is back');
}

# ---- machines ----

# The agent's two processes: the one that ./start knows and its child.
sub agent_pids
{
	my ($self) = @_;
	my $pid = $self->{panel}->ready->{pids}{agent};
	my @children = split ' ', slurp("/proc/$pid/task/$pid/children");

	return $pid, grep { slurp("/proc/$_/comm") =~ /^mpanel-agent/ }
		@children;
}

# Take the task that waits, and say that it failed.
sub fail_task
{
	my ($self, $look_between) = @_;
	my $panel = $self->{panel};
	my $task = $panel->worker('tasks/claim')->{json}{task}
		// die "no task to fail\n";
	my %lease = (leaseToken => $task->{leaseToken});
	my $path = "tasks/$task->{id}";

	$panel->worker("$path/heartbeat", { %lease, progress => 40,
		message => 'Asking for a certificate' });
	$look_between->($task->{id}) if $look_between;
	$panel->worker("$path/complete", { %lease, status => 'failed',
		errorMessage => 'The DNS server refused the zone.' });
	return "/provisioning/$path";
}

# The node falls silent, another program fails its task, staff try again.
sub failure
{
	my ($self) = @_;
	my $b = $self->{browser};
	my @agent = $self->agent_pids;

	kill STOP => @agent;
	$self->take(small_order('pi_fail',
		primaryDomain => 'fail.example.com'));
	$self->see('provisioning-waiting', '/provisioning');
	$self->see('tasks-waiting', '/provisioning/tasks');
	my $task = $self->fail_task(sub {
		$self->see('task-running', "/provisioning/tasks/$_[0]");
		like($b->text('main'), qr/Asking for a certificate/,
			'a running task says what it does');
	});
	$self->see('task-failed', $task);
	like($b->text('main'), qr/The DNS server refused the zone\./,
		'a failed one says why');
	$self->see('dashboard-failed', '/dashboard');
	like($b->text('main'), qr/1 task failed/, 'so does the dashboard');
	$self->open_order(5);
	$self->look('order-failed');
	$b->go($task);
	$b->press('Retry');
	$self->flash_is(qr/./, 'a retry is confirmed');
	$self->look('task-retried');
	$self->fail_task;
	kill CONT => @agent;
	$self->see('tasks-failed', '/provisioning/tasks');
	$self->see('provisioning-failed', '/provisioning');
	$self->ask('Retry all failed…', 'retry-failed');
	$b->press('Retry all failed');
	$self->flash_is(qr/./, 'so is that of all');
	$self->wait_until(pi_fail => 'completed');
	$self->see('task-done', $task);
	$self->see('provisioning', '/provisioning');
	$self->see('tasks', '/provisioning/tasks');
}

sub servers
{
	my ($self) = @_;
	my $b = $self->{browser};

	$self->see('servers', '/servers');
	$b->follow('srv1');
	$self->look('server');
	$b->follow('1 h');
	ok($b->has('.plot svg'), 'the server draws what it does');
	$self->look('server-1h');
}

sub websites
{
	my ($self) = @_;
	my $b = $self->{browser};

	$self->see('websites', '/websites');
	$b->follow('Website');
	is($b->text('[aria-sort]'), 'Website', 'a list is sorted by its head');
	$b->follow('fail.example.com');
	$self->look('website');
	$self->ask('Suspend…', 'website-suspend');
	$b->press('Suspend fail.example.com');
	$self->look('website-suspending');
	ok(wait_for(20, sub {
		$self->site('fail.example.com')->{status} == 503;
	}), 'a website is suspended by itself');
}

sub search
{
	my ($self) = @_;
	my $b = $self->{browser};

	$b->go('/dashboard');
	$b->fill('#q', 'example');
	$b->enter('#q');
	like($b->text('#results'), qr/ORD-.*fail\.example\.com/s,
		'a search finds orders and websites');
	$self->look('search');
	$self->see('search-nothing', '/search?q=zzzz');
	$self->see('search-no-word', '/search');
	$b->go('/search?q=ORD-' . $self->year . '-000001');
	like($b->text('h1'), qr/^ORD-\d+-000001/,
		'an exact number leads straight there');
	$self->palette if $b->{js};
}

# With scripts the search opens by Ctrl+K anywhere and answers as one types.
sub palette
{
	my ($self) = @_;
	my $b = $self->{browser};

	$b->keys('body', "\x{e009}k");
	$b->keys('.pal input', 'techstartup');
	ok(wait_for(5, sub { ($b->text('.pal') // '') =~ /techstartup\.net/ }),
		'Ctrl+K searches');
	$self->look('palette');
	$b->keys('.pal input', "\x{e00c}");
	ok(wait_for(5, sub { !$b->has('.pal') }), 'Escape closes it');
}

# A phone has its menu behind a button, a keyboard a way past it.
sub ways
{
	my ($self) = @_;
	my $b = $self->{browser};

	$b->go('/dashboard');
	$b->keys('body', "\x{e004}");
	is($b->script('return document.activeElement.textContent'),
		'Skip to content', 'the first Tab leads past the menu');
	$b->size(375, 740);
	ok(!$b->has('.nav'), 'on a phone the menu is closed');
	$b->click('.mob summary');
	ok($b->has('.nav'), 'its button opens it');
	$b->click('.nav > ul > li:nth-child(2) summary');
	$b->follow('Customers');
	is($b->at, '/admin/customers', 'and it leads on');
	$b->size(1280, 900);
}

# ---- the rest ----

# All pages of the menu that say that they come later.
sub soon
{
	my ($self) = @_;
	my $b = $self->{browser};
	my $brief = 0;

	$b->go('/dashboard');
	my $paths = $b->script(<<'JS');
return [...document.querySelectorAll('.nav a:has(.soon)')]
	.map(a => a.getAttribute('href'));
JS
	cmp_ok(@$paths, '>', 20, 'the menu shows what is still to come');
	for my $path (@$paths) {
		(my $name = "soon$path") =~ tr{/}{-};
		$self->see($name, $path, brief => $brief++);
	}
}

sub errors
{
	my ($self) = @_;

	$self->see('error-404', '/no/such/page', status => 404);
	$self->see('error-404-order', '/orders/no-such-order', status => 404);
}

# The mail log, where nothing can leave yet.
sub mail
{
	my ($self) = @_;
	my $b = $self->{browser};

	$self->see('mails', '/settings/mail');
	like($b->text('main'), qr/No mail server is set/, 'mails wait');
	$b->press('Send me a test mail');
	$self->flash_is(qr/on its way to/, 'a test mail is written');
	$b->follow($self->{panel}->ready->{adminEmail});
	$self->look('mail');
	$b->press('Stop it');
	$self->flash_is(qr/will not be sent/, 'and stopped');
	$self->see('mail-templates', '/settings/mail/templates');
	$self->see('mail-template', '/settings/mail/templates/reset?lang=de');
	like($b->text('main'), qr/Guten Tag/, 'in German');
}

# A company makes a role of its own.
sub roles
{
	my ($self) = @_;
	my $b = $self->{browser};

	$self->see('role-new', '/role-management/new');
	$b->fill('#f-description', 'Issues invoices and nothing else.');
	$b->press('Make the role');
	$self->look('role-wrong', status => 422);
	is($b->value('#f-description'), 'Issues invoices and nothing else.',
		'what was typed stays');
	$b->fill('#f-name', 'Billing desk');
	$b->click('input[name="invoices:read"]');
	$b->click('input[name="invoices:write"]');
	$b->press('Make the role');
	$self->flash_is(qr/^Billing desk can be given/, 'a role is made');
	$self->look('roles');
	$b->follow('Change');
	$self->look('role-change');
	$b->press('Save the role');
	$self->flash_is(qr/^Billing desk is changed/, 'it is changed');
	$self->ask('Remove…', 'role-remove');
	$b->press('Remove the role');
	$self->flash_is(qr/^Billing desk is removed/, 'and goes');
}

# A company puts on its colour.
sub brand
{
	my ($self) = @_;
	my $b = $self->{browser};

	$self->see('brand', '/settings/brand');
	$b->fill('#f-accent', 'red');
	$b->press('Save');
	$self->look('brand-wrong', status => 422);
	like($b->text('.er'), qr/written like #2540c4/, 'a colour is explained');
	$b->fill('#f-accent', '#0b7a75');
	$b->press('Save');
	$self->flash_is(qr/^Saved/, 'a colour is taken');
	like($b->source, qr{href="/brand/accent\.css\?v=0b7a75"}, 'and worn');
	$self->look('brand-own');
}

sub leave
{
	my ($self) = @_;
	my $b = $self->{browser};

	$b->go('/dashboard');
	$b->press('Sign out');
	is($b->at, '/login', 'signing out leads to the door');
	$b->go('/dashboard');
	like($b->at, qr{^/login}, 'and nothing is open any more');
}

# Somebody who may look, but not decide.
sub support
{
	my ($self) = @_;
	my ($b, $ready) = ($self->{browser}, $self->{panel}->ready);
	my $mail = 'support@demo.test';

	$self->{panel}->run_with($ready->{adminPassword}, qw(user add --tenant
		demo --role support --email), $mail, '--password-stdin');
	$b->go('/login');
	$self->enter($mail, $ready->{adminPassword});
	$self->take(small_order('pi_held', items => [{ productSlug => 'startr',
		qty => 1, unitPrice => 1, billingPeriod => 'year' }]));
	$self->open_order(6);
	ok(!$b->has('.verbs .btn'), 'support is offered no decision');
	$self->look('order-support');
	$self->see('error-403', $b->at . '/accept', status => 403);
	$self->leave;
}

1;
