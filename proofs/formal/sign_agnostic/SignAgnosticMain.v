(** * SignAgnosticMain (A1): the theorem for construction A.

    [A1_plan]: any plan (p, e, |C|, |D|) whose pools are at least as large as what they serve,
    whose p satisfies Q1's condition, and whose failure sums are at most delta, works: among all
    sign assignments of the random network of its shape at least a fraction 1 - delta contain, for
    every target network of the given widths with layer norms <= 1, a mask whose pruned network,
    times 2^-P, is within eps of the target on the whole unit ball.
    [A1_theorem]: the same with explicit functions of (d, l, eps, delta):
      p = ceil(log2(d l / eps)),  e = ceil(log2(8 d^2 l^2 / delta)),  K = p + e,
      |C| = 2 d (K-1) + ceil(log2(8 l / delta)),  |D| = 2 d + ceil(log_{4/3}(24 l K / delta)),
      N = |C| + 2 |D|,  L = 1 + l K,  P = p l.
    It holds for any norms as in Network.v: [A1_euclidean], [A1_maximum]. [A1_not_vacuous] draws
    one such network out of the theorem. *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Expansion Probability Pool Network Quantize Norms Layers Explicit.
From Pmone Require Import SignAgnosticPlan SignAgnosticSection SignAgnosticEvent.
Import ListNotations.
Open Scope R_scope.

(** ** any plan *)
Theorem A1_plan (nm : Norm) (T : plan) (d : nat) eps delta :
  (1 <= p_l T)%nat -> sizes T ->
  (forall i, (i <= p_l T)%nat -> (p_dims T i <= d)%nat) ->
  (1 + eta_of d (p_p T)) ^ p_l T <= 1 + eps ->
  match_sum T + digit_sum T <= delta ->
  at_least (1 - delta) (coords_of (shape (p_dims T 0%nat) (width T) (depth T) (p_dims T (p_l T)))
    (depth T))
    (contains nm (p_dims T) (p_l T) (width T) (depth T) (shift T) eps).
Proof.
  intros Hl Hs HD He Hd. apply (at_least_of_bad delta _ _ (good T)).
  - intros w Hg. apply (good_contains nm T d); auto.
  - change (coords_of _ _) with (coords T).
    eapply Rle_trans; [|apply Hd]. eapply Rle_trans; [|apply (A1_bad_prob T Hl Hs (fun _ => true))].
    right. apply E_ext. intros w _. unfold good. rewrite negb_involutive. auto.
Qed.

(** ** the slacks: enough for all plans with at most K digits *)
Definition SlackC (l : nat) (delta : R) : nat := clog 2 (8 * INR l / delta).
Definition SlackDFor (l K : nat) (delta : R) : nat := clog (4/3) (24 * INR l * INR K / delta).
Lemma scaled delta b x : 0 < delta < 1 -> 1 < b -> 0 < x -> x / delta <= b ^ clog b (x / delta) ->
  x * (/ b) ^ clog b (x / delta) <= delta.
Proof.
  intros Hdelta Hb Hx H. rewrite pow_inv. set (z := b ^ clog b (x / delta)) in *.
  assert (Z : 0 < z) by (apply pow_lt; lra).
  apply (Rmult_le_compat_r delta) in H; [|lra]. unfold Rdiv in H at 1.
  rewrite Rmult_assoc, Rinv_l, Rmult_1_r in H by lra.
  apply Rmult_le_reg_r with z; auto. rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.
(** the carries of step t leave K-1-t neurons, besides the slack *)
Lemma geometric n : rsum (fun t => (1/2) ^ (n - t)) (seq 1 n) <= 2.
Proof.
  assert (G : forall n, rsum (fun t => (1/2) ^ (n - t)) (seq 1 n) = 2 - 2 * (1/2) ^ n).
  { clear. induction n as [|n IH]; [cbn; lra|]. rewrite seq_S, rsum_app. cbn [rsum].
    rewrite (rsum_ext _ (fun t => 1/2 * (1/2) ^ (n - t))).
    - rewrite rsum_scal, IH. replace (S n - (1 + n))%nat with 0%nat by lia. cbn [pow]. lra.
    - intros t Ht. apply in_seq in Ht. replace (S n - t)%nat with (S (n - t)) by lia. reflexivity. }
  rewrite G. pose proof (pow_le (1/2) n ltac:(lra)). lra.
Qed.
Lemma carry_ok n m u s k : (n <= m)%nat -> (1 <= m)%nat -> (m * k + s <= u)%nat ->
  rsum (fun t => G1 (n * t) u half) (seq 1 k) <= 2 * (1/2) ^ s.
Proof.
  intros Hn Hm Hu.
  eapply Rle_trans with ((1/2) ^ s * rsum (fun t => (1/2) ^ (k - t)) (seq 1 k)).
  - rewrite <- rsum_scal. apply rsum_le. intros t Ht. apply in_seq in Ht. rewrite <- pow_add.
    eapply Rle_trans; [apply (G1_geom _ _ (s + (k - t)))|].
    + unfold half. lra.
    + pose proof (Nat.mul_le_mono_r _ _ t Hn). nia.
    + unfold half. right. field.
  - pose proof (geometric k). pose proof (pow_lt (1/2) s ltac:(lra)). nra.
Qed.
Lemma slacks_ok l delta K m T : (1 <= l)%nat -> 0 < delta < 1 -> (1 <= K)%nat -> (1 <= m)%nat ->
  p_l T = l -> (1 <= digits T <= K)%nat -> (forall i, (i < l)%nat -> (ins T i <= m)%nat) ->
  (m * (digits T - 1) + SlackC l delta <= p_C T)%nat -> (m + SlackDFor l K delta <= p_D T)%nat ->
  match_sum T <= delta / 2.
Proof.
  intros Hl Hdelta K0 Hm Tl TK Hins HC HD. pose proof (INR1 l Hl) as L1.
  pose proof (INR1 K K0) as K1.
  set (s := SlackC l delta) in *. set (r := SlackDFor l K delta) in *. set (y := (3/4) ^ r).
  assert (Y : 0 < y) by (apply pow_lt; lra).
  assert (C0 : 8 * INR l * (1/2) ^ s <= delta).
  { replace (1/2) with (/ 2) by field. apply scaled; [lra|lra|lra|]. apply pow_clog. lra. }
  assert (D0 : 24 * INR l * INR K * y <= delta).
  { unfold y. replace (3/4) with (/ (4/3)) by field. apply scaled; [lra|lra|nra|]. apply pow_clog.
    lra. }
  unfold match_sum. rewrite Tl.
  assert (S0 : G1 (2 * p_dims T 0%nat) (p_D T) half <= y).
  { pose proof (Hins 0%nat ltac:(lia)) as I0. unfold ins in I0. cbn [Nat.eqb] in I0.
    eapply Rle_trans; [apply (G1_geom _ _ r); [unfold half; lra|lia]|]. unfold half, y.
    replace (1 / 2 / (1 - 1 / 2)) with 1 by field. rewrite Rmult_1_l. apply pow_incr. lra. }
  assert (S1 : forall i, (i < l)%nat -> G1 (ins T i) (p_D T) threeq <= 3 * y).
  { intros i Hi. pose proof (Hins i Hi).
    eapply Rle_trans; [apply (G1_geom _ _ r); [unfold threeq; lra|lia]|]. unfold threeq, y. right.
    field. }
  assert (KI : INR (2 * digits T - 3) <= 2 * INR K - 1).
  { replace (2 * INR K - 1) with (INR (2 * K - 1))
      by (rewrite minus_INR, mult_INR by lia; cbn; ring). apply le_INR. lia. }
  assert (B : rsum (fun i => rsum (fun t => G1 (ins T i * t) (p_C T) half) (seq 1 (digits T - 1)) +
       INR (2 * digits T - 3) * G1 (ins T i) (p_D T) threeq) (seq 0 l) <=
     INR l * (2 * (1/2) ^ s + (2 * INR K - 1) * (3 * y))).
  { rewrite <- (seq_length l 0) at 2. apply rsum_le_const. intros i Hi. apply in_seq in Hi.
    apply Rplus_le_compat; [apply (carry_ok _ m); auto; apply Hins; lia|].
    apply Rmult_le_compat; [apply pos_INR| |auto|apply S1; lia]. apply G1_nonneg. unfold threeq.
    lra. }
  assert (LK : 0 <= (INR l - 1) * y) by (apply Rmult_le_pos; lra). nra.
Qed.

(** ** explicit plans, for any number p of bits *)
Lemma DL_pos d l : (1 <= d)%nat -> (1 <= l)%nat -> 1 <= INR d * INR l.
Proof. intros Hd Hl. pose proof (INR1 d Hd). pose proof (INR1 l Hl). nra. Qed.

Section Explicit.
Variables (d l p : nat) (delta : R).
Definition Extra : nat := clog 2 (8 * (INR d * INR l) ^ 2 / delta).
Definition DigitsOf : nat := p + Extra.
Definition SlackDOf : nat := SlackDFor l DigitsOf delta.
Definition WidthOf : nat := (2 * d * (DigitsOf - 1) + SlackC l delta) + 2 * (2 * d + SlackDOf).
Definition PlanOf (dims : nat -> nat) : plan :=
  Plan dims l p Extra (2 * d * (DigitsOf - 1) + SlackC l delta) (2 * d + SlackDOf).

Hypothesis Hd : (1 <= d)%nat.
Hypothesis Hl : (1 <= l)%nat.
Hypothesis Hdelta : 0 < delta < 1.
Local Notation K := DigitsOf.

Lemma Extra_pos : (1 <= Extra)%nat.
Proof.
  destruct Extra as [|n] eqn:E0; [|lia]. exfalso. pose proof (DL_pos d l Hd Hl) as D1.
  pose proof (pow_clog 2 (8 * (INR d * INR l) ^ 2 / delta) ltac:(lra)) as B. fold Extra in B.
  rewrite E0 in B. cbn [pow] in B.
  assert (1 < / delta) by (rewrite <- Rinv_1; apply Rinv_lt_contravar; lra). unfold Rdiv in B.
  assert (1 <= INR d * INR l * (INR d * INR l * 1)) by nra. nra.
Qed.
Lemma K_ge1 : (1 <= K)%nat.
Proof. pose proof Extra_pos. unfold DigitsOf. lia. Qed.

Variable dims : nat -> nat.
Hypothesis Hdims : forall i, (i <= l)%nat -> (dims i <= d)%nat.
Local Notation T := (PlanOf dims).

Lemma ins_d i : (i < l)%nat -> (ins T i <= 2 * d)%nat.
Proof.
  intros Hi. unfold ins. cbn [p_dims PlanOf]. destruct (i =? 0)%nat.
  - pose proof (Hdims 0 ltac:(lia)). lia.
  - pose proof (Hdims i ltac:(lia)). lia.
Qed.
Lemma outs_d i : (i < l)%nat -> (outs T i <= d)%nat.
Proof. intros Hi. apply Hdims. lia. Qed.
Lemma sizes_ok : sizes T.
Proof.
  split; [exact K_ge1|]. intros i Hi. cbn [p_l p_C p_D PlanOf] in *. pose proof (ins_d i Hi).
  change (digits T) with K. split; [|lia]. pose proof (Nat.mul_le_mono_r _ _ (K - 1) H). lia.
Qed.

Lemma match_ok : match_sum T <= delta / 2.
Proof.
  pose proof K_ge1. apply (slacks_ok l delta K (2 * d)); auto; try exact ins_d; try lia.
Qed.

Lemma pairs_ok : rsum (fun i => INR (2 * (outs T i * ins T i))) (seq 0 (l - 1))
  + INR (outs T (l - 1) * ins T (l - 1))
  <= 2 * (INR d * INR l) ^ 2.
Proof.
  pose proof (INR1 d Hd) as D1. pose proof (INR1 l Hl) as L1.
  assert (B : forall i m, (i < l)%nat -> (ins T i <= m)%nat ->
    INR (outs T i * ins T i) <= INR d * INR m).
  { intros i m Hi Hm. rewrite mult_INR.
    apply Rmult_le_compat; try apply pos_INR; apply le_INR; auto. apply outs_d; auto. }
  assert (I1 : forall i, (1 <= i)%nat -> (i < l)%nat -> (ins T i <= d)%nat).
  { intros i H1 Hi. unfold ins. cbn [p_dims PlanOf]. destruct (Nat.eqb_spec i 0); [lia|].
    apply Hdims. lia. }
  assert (E2 : INR (2 * d) = 2 * INR d) by (rewrite mult_INR; reflexivity).
  destruct (Nat.eq_dec l 1) as [El|Nl].
  - pose proof (B 0%nat (2 * d)%nat ltac:(lia) (ins_d 0 ltac:(lia))) as B0. rewrite E2 in B0.
    replace (l - 1)%nat with 0%nat by lia. cbn [seq rsum]. rewrite El. cbn [INR pow]. nra.
  - set (n := (l - 2)%nat). assert (En : (l - 1 = S n)%nat) by (unfold n; lia).
    assert (EL : INR l = INR n + 2) by (replace l with (S (S n)) by lia; rewrite !S_INR; lra).
    rewrite En, EL. cbn [seq rsum].
    pose proof (B 0%nat (2 * d)%nat ltac:(lia) (ins_d 0 ltac:(lia))) as B0. rewrite E2 in B0.
    pose proof (B (S n) d ltac:(lia) (I1 (S n) ltac:(lia) ltac:(lia))) as Bn.
    assert (Bm : rsum (fun i => INR (2 * (outs T i * ins T i))) (seq 1 n)
      <= INR n * (2 * (INR d * INR d))).
    { rewrite <- (seq_length n 1) at 2. apply rsum_le_const. intros i Hi. apply in_seq in Hi.
      rewrite (mult_INR 2).
      pose proof (B i d ltac:(lia) (I1 i ltac:(lia) ltac:(lia))). cbn [INR]. lra. }
    rewrite (mult_INR 2). pose proof (pos_INR n). cbn [INR].
    assert (0 <= INR d * INR d) by nra.
    apply Rle_trans with ((INR d * INR d) * (5 + 2 * INR n)); [lra|].
    replace (2 * (INR d * (INR n + 2)) ^ 2)
      with ((INR d * INR d) * (2 * ((INR n + 2) * (INR n + 2)))) by ring.
    apply Rmult_le_compat_l; nra.
Qed.
Lemma digit_ok : digit_sum T <= delta / 2.
Proof.
  pose proof pairs_ok as B. pose proof (DL_pos d l Hd Hl) as D1. unfold digit_sum.
  cbn [p_e p_l PlanOf] in *.
  assert (Z : 0 < (1/2) ^ Extra) by (apply pow_lt; lra).
  assert (S0 : 8 * (INR d * INR l) ^ 2 * (1/2) ^ Extra <= delta).
  { replace (1/2) with (/ 2) by field. apply scaled; [lra|lra| |].
    - apply Rmult_lt_0_compat; [lra|]. apply pow_lt. lra.
    - apply pow_clog. lra. }
  eapply Rle_trans; [apply Rmult_le_compat_r; [lra|apply B]|]. lra.
Qed.

Theorem explicit_plan (nm : Norm) eps : (1 + eta_of d p) ^ l <= 1 + eps ->
  at_least (1 - delta) (coords_of (shape (dims 0%nat) WidthOf (1 + l * K) (dims l)) (1 + l * K))
    (contains nm dims l WidthOf (1 + l * K) (p * l) eps).
Proof.
  intros He. apply (A1_plan nm T d eps delta); auto.
  - apply sizes_ok.
  - pose proof match_ok. pose proof digit_ok. lra.
Qed.
End Explicit.

(** ** the theorem *)
Section Numbers.
Variables (d l : nat) (eps delta : R).
Definition AgnosticDigits : nat := DigitsOf d l (Bits d l eps) delta.
Definition SlackD : nat := SlackDOf d l (Bits d l eps) delta.
Definition AgnosticWidth : nat :=
  (2 * d * (AgnosticDigits - 1) + SlackC l delta) + 2 * (2 * d + SlackD).
Definition AgnosticDepth : nat := 1 + l * AgnosticDigits.
Definition AgnosticShift : nat := Bits d l eps * l.
End Numbers.

Theorem A1_theorem : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1 -> 0 < delta < 1 ->
  forall dims : nat -> nat, (forall i, (i <= l)%nat -> (dims i <= d)%nat) -> forall nm : Norm,
  let N := AgnosticWidth d l eps delta in
  let L := AgnosticDepth d l eps delta in
  let P := AgnosticShift d l eps in
  at_least (1 - delta) (coords_of (shape (dims 0%nat) N L (dims l)) L)
    (contains nm dims l N L P eps).
Proof.
  intros d l eps delta Hd Hl He Hdl dims Hdims nm N L P.
  apply (explicit_plan d l (Bits d l eps) delta Hd Hl Hdl dims Hdims nm eps). apply Bits_ok; auto.
Qed.

(** the two norms of interest: Euclidean norm with spectral norms, maximum norm with row sums *)
Corollary A1_euclidean : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1 -> 0 < delta < 1 ->
  forall dims : nat -> nat, (forall i, (i <= l)%nat -> (dims i <= d)%nat) ->
  let N := AgnosticWidth d l eps delta in
  let L := AgnosticDepth d l eps delta in
  let P := AgnosticShift d l eps in
  at_least (1 - delta) (coords_of (shape (dims 0%nat) N L (dims l)) L)
    (contains Euclid dims l N L P eps).
Proof. intros. apply A1_theorem; auto. Qed.
Corollary A1_maximum : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1 -> 0 < delta < 1 ->
  forall dims : nat -> nat, (forall i, (i <= l)%nat -> (dims i <= d)%nat) ->
  let N := AgnosticWidth d l eps delta in
  let L := AgnosticDepth d l eps delta in
  let P := AgnosticShift d l eps in
  at_least (1 - delta) (coords_of (shape (dims 0%nat) N L (dims l)) L)
    (contains Sup dims l N L P eps).
Proof. intros. apply A1_theorem; auto. Qed.

(** the hypotheses can be met, and the conclusion is not empty *)
Theorem A1_not_vacuous : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1 -> 0 < delta < 1 ->
  exists w : signs, exists M : coord -> bool, forall x, euclid d x <= 1 ->
    euclid d (vsub (fun o => / 2 ^ AgnosticShift d l eps *
                      net (shape d (AgnosticWidth d l eps delta) (AgnosticDepth d l eps delta) d)
                        (pruned w M) (AgnosticDepth d l eps delta) x o)
                   (net (fun _ => d) (fun _ i j => if (j =? i)%nat then 1 else 0) l x)) <= eps.
Proof.
  intros d l eps delta Hd Hl He Hdl.
  pose proof (A1_euclidean d l eps delta Hd Hl He Hdl (fun _ => d) ltac:(auto)) as A. cbv zeta in A.
  apply at_least_exists in A as [w Hw]; [|lra].
  exists w. apply Hw. intros i _. apply identity_opnorm.
Qed.
