(** * Explicit: from a small failure probability to a theorem with explicit numbers.

    What the theorems of all constructions share.
    - [at_least q S Q]: among all sign assignments of the coordinates S at least the fraction q
      has the property Q; [at_least_of_bad] gets it from a bad event of probability at most delta.
    - [ceil], and [clog b x], the ceiling of log_b x.
    - [Bits] = ceil(log2(d l / eps)) bits meet the condition of Q1; [G1_geom] bounds G1's sum by a
      power. *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Expansion Probability Pool Network Quantize.
Import ListNotations.
Open Scope R_scope.

(** among all assignments of the coordinates S, at least a fraction q has the property Q *)
Definition at_least (q : R) (S : list coord) (Q : signs -> Prop) : Prop :=
  exists good : signs -> bool, (forall w, good w = true -> Q w) /\
    q * INR (length (assigns S (fun _ => true)))
      <= INR (length (filter good (assigns S (fun _ => true)))).
(** a good event that implies Q and fails with probability at most delta *)
Theorem at_least_of_bad delta S (Q : signs -> Prop) (good : signs -> bool) :
  (forall w, good w = true -> Q w) ->
  E S (fun w => ind (negb (good w))) (fun _ => true) <= delta -> at_least (1 - delta) S Q.
Proof.
  intros HQ B. exists good. split; auto.
  assert (G : E S (fun w => ind (good w)) (fun _ => true) >= 1 - delta).
  { rewrite (E_ext _ _ (fun w => 1 + (-1) * ind (negb (good w)))).
    - rewrite E_plus, E_const, E_scal. lra.
    - intros. rewrite ind_neg. lra. }
  rewrite E_fraction in G.
  assert (P : 0 < INR (length (assigns S (fun _ => true)))).
  { rewrite assigns_length. apply lt_0_INR. pose proof (Nat.pow_nonzero 2 (length S) ltac:(lia)).
    lia. }
  apply Rge_le, (Rmult_le_compat_r _ _ _ (Rlt_le _ _ P)) in G.
  unfold Rdiv in G. rewrite Rmult_assoc, Rinv_l, Rmult_1_r in G by lra. auto.
Qed.

Lemma at_least_exists q S Q : 0 < q -> at_least q S Q -> exists w, Q w.
Proof.
  intros Hq (good & H & B).
  assert (P : 0 < INR (length (assigns S (fun _ => true)))).
  { rewrite assigns_length. apply lt_0_INR. pose proof (Nat.pow_nonzero 2 (length S) ltac:(lia)).
    lia. }
  destruct (filter good (assigns S (fun _ => true))) as [|w ws] eqn:F.
  - exfalso. cbn in B. nra.
  - exists w. apply H. assert (I : In w (filter good (assigns S (fun _ => true))))
      by (rewrite F; left; auto).
    apply filter_In in I. tauto.
Qed.
(** a target that meets the hypotheses: the identity in every layer *)
Lemma identity_opnorm (nm : Norm) n : opnorm_le1 nm n n (fun i j => if (j =? i)%nat then 1 else 0).
Proof.
  intros x. right. apply nrm_ext. intros i Hi. unfold mv.
  rewrite <- (rsum_pick x i n Hi). apply rsum_ext. intros j _. destruct (j =? i)%nat; cbn; lra.
Qed.
(** ** explicit functions *)
Definition ceil (x : R) : nat := Z.to_nat (- Int_part (- x)).
Lemma ceil_ge x : x <= INR (ceil x).
Proof.
  unfold ceil. destruct (base_Int_part (- x)) as [H1 H2].
  rewrite INR_IZR_INZ. apply Rle_trans with (IZR (- Int_part (- x))).
  - rewrite opp_IZR. lra.
  - apply IZR_le. lia.
Qed.

Lemma ceil_le x : 0 <= x -> INR (ceil x) <= x + 1.
Proof.
  intros Hx. unfold ceil. destruct (base_Int_part (- x)) as [H1 H2].
  assert (0 <= - Int_part (- x))%Z by (apply le_IZR; rewrite opp_IZR; lra).
  rewrite INR_IZR_INZ, Z2Nat.id, opp_IZR by auto. lra.
Qed.

(** [clog b x], the ceiling of log_b x for x >= 1: the least n with x <= b^n, searched upward *)
Fixpoint clog_from (b x : R) (fuel n : nat) : nat :=
  match fuel with O => n | S f => if Rle_dec x (b ^ n) then n else clog_from b x f (S n) end.
Definition clog (b x : R) : nat := clog_from b x (ceil ((x - 1) / (b - 1))) 0.

Lemma clog_from_spec b x fuel : forall n, x <= b ^ (n + fuel) ->
  x <= b ^ clog_from b x fuel n /\ forall m, (n <= m)%nat -> x <= b ^ m ->
    (clog_from b x fuel n <= m)%nat.
Proof.
  induction fuel as [|f IH]; intros n H; cbn [clog_from].
  - rewrite Nat.add_0_r in H. auto.
  - destruct (Rle_dec x (b ^ n)) as [Y|Y]; [auto|].
    destruct (IH (S n)) as [I1 I2].
    + replace (S n + f)%nat with (n + S f)%nat by lia. auto.
    + split; auto. intros m Hm Hx. apply I2; auto.
      destruct (Nat.eq_dec n m) as [->|]; [contradiction|lia].
Qed.
Lemma clog_spec b x : 1 < b -> x <= b ^ clog b x /\ forall m, x <= b ^ m -> (clog b x <= m)%nat.
Proof.
  intros Hb. unfold clog. destruct (clog_from_spec b x (ceil ((x - 1) / (b - 1))) 0) as [C1 C2].
  - cbn [Nat.add]. set (n := ceil ((x - 1) / (b - 1))).
    pose proof (ceil_ge ((x - 1) / (b - 1))) as C. fold n in C.
    apply (Rmult_le_compat_r (b - 1)) in C; [|lra].
    unfold Rdiv in C. rewrite Rmult_assoc, Rinv_l, Rmult_1_r in C by lra.
    pose proof (poly n (b - 1) ltac:(lra)) as B. replace (1 + (b - 1)) with b in B by ring. lra.
  - split; auto. intros m. apply C2. lia.
Qed.
Lemma pow_clog b x : 1 < b -> x <= b ^ clog b x.
Proof. intros. apply clog_spec; auto. Qed.
Lemma clog_least b x m : 1 < b -> x <= b ^ m -> (clog b x <= m)%nat.
Proof. intros Hb H. apply clog_spec; auto. Qed.
Lemma four_pow m : INR m <= 4 ^ m.
Proof.
  induction m as [|m IH]; [cbn; lra|]. rewrite S_INR. cbn [pow].
  assert (1 <= 4 ^ m) by (apply pow_R1_Rle; lra). lra.
Qed.
Lemma inv_half a : 0 < a <= 1/2 -> 2 <= / a.
Proof. intros H. replace 2 with (/ (1/2)) by field. apply Rinv_le_contravar; lra. Qed.
Lemma INR1 n : (1 <= n)%nat -> 1 <= INR n.
Proof. intros. change 1 with (INR 1). apply le_INR; auto. Qed.

(** ** bits: Q1's condition *)
Definition Bits (d l : nat) (eps : R) : nat := clog 2 (INR d * INR l / eps).
Lemma bernoulli x n : 0 <= x -> 2 * INR n * x <= 1 -> (1 + x) ^ n <= 1 + 2 * INR n * x.
Proof.
  intros Hx. induction n as [|n IH]; intros H; [cbn; lra|].
  rewrite S_INR in *. cbn [pow]. pose proof (pos_INR n).
  assert (H2 : 2 * INR n * x <= 1) by nra. specialize (IH H2).
  assert (0 <= (1 + x) ^ n) by (apply pow_le; lra). nra.
Qed.
(** (1 + x)^n <= 1 + z + z^2/2 + z^3/5 for z = n x <= 1/2 *)
Lemma power_upper x n : 0 <= x -> INR n * x <= 1/2 ->
  (1 + x) ^ n <= 1 + INR n * x + (INR n * x) ^ 2 / 2 + (INR n * x) ^ 3 / 5.
Proof.
  intros Hx. induction n as [|n IH]; intros H; [cbn; lra|].
  rewrite S_INR in *. cbn [pow] in *. pose proof (pos_INR n). set (z := INR n * x) in *.
  assert (Z0 : 0 <= z) by (apply Rmult_le_pos; auto).
  replace ((INR n + 1) * x) with (z + x) in * by (unfold z; ring).
  specialize (IH ltac:(lra)).
  apply Rle_trans with ((1 + x) * (1 + z + z * (z * 1) / 2 + z * (z * (z * 1)) / 5));
    [apply Rmult_le_compat_l; lra|].
  assert (Q : 0 <= x * (z * z) * (1/10 - z/5))
    by (apply Rmult_le_pos; [apply Rmult_le_pos; nra|lra]).
  assert (Q2 : 0 <= x * x * (1/2 + 3 * z / 5)) by (apply Rmult_le_pos; nra).
  assert (Q3 : 0 <= x * x * x) by (apply Rmult_le_pos; nra). nra.
Qed.
Lemma Bits_ok d l eps : (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1 ->
  (1 + eta_of d (Bits d l eps)) ^ l <= 1 + eps.
Proof.
  intros Hd Hl Heps.
  pose proof (INR1 d Hd) as D1. pose proof (INR1 l Hl) as L1.
  assert (X : 0 < INR d * INR l / eps) by (apply Rdiv_lt_0_compat; nra).
  pose proof (pow_clog 2 (INR d * INR l / eps) ltac:(lra)) as B. fold (Bits d l eps) in B.
  assert (PB : 0 < 2 ^ Bits d l eps) by (apply pow_lt; lra).
  assert (H : 2 * INR l * eta_of d (Bits d l eps) <= eps).
  { unfold eta_of. cbn [pow].
    apply (Rmult_le_compat_r eps) in B; [|lra]. unfold Rdiv in B.
    rewrite Rmult_assoc, Rinv_l, Rmult_1_r in B by lra.
    apply Rmult_le_reg_r with (2 ^ Bits d l eps); auto.
    replace (2 * INR l * (INR d / (2 * 2 ^ Bits d l eps)) * 2 ^ Bits d l eps) with (INR d * INR l)
      by (field; lra). lra. }
  assert (E0 : 0 <= eta_of d (Bits d l eps)).
  { unfold eta_of, Rdiv. apply Rmult_le_pos; [lra|]. left. apply Rinv_0_lt_compat, pow_lt. lra. }
  eapply Rle_trans; [apply bernoulli; auto; lra|]. lra.
Qed.

(** ** the failure sums *)
Lemma G1_geom n u s q : 0 < q < 1 -> (n + s <= u)%nat -> G1 n u q <= q / (1 - q) * q ^ s.
Proof.
  intros Q H. rewrite G1_closed by (try lra; lia).
  assert (P1 : q ^ (u - n) <= q ^ s) by (apply pow_anti; [lra|lia]).
  assert (P2 : 0 <= 1 - q ^ n <= 1).
  { pose proof (pow_le q n ltac:(lra)). pose proof (pow_incr q 1 n ltac:(lra)). rewrite pow1 in *.
    lra. }
  assert (P3 : 0 <= q ^ (u - n)) by (apply pow_le; lra).
  assert (P4 : 0 < / (1 - q)) by (apply Rinv_0_lt_compat; lra).
  unfold Rdiv. replace (q ^ (u - n) * (q * (1 - q ^ n)) * / (1 - q))
    with ((q * / (1 - q)) * (q ^ (u - n) * (1 - q ^ n))) by ring.
  apply Rmult_le_compat_l; [nra|]. nra.
Qed.
