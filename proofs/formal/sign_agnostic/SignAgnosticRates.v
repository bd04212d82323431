(** * SignAgnosticRates (A1, the rates): bounds on N and L in closed form, for eps, delta <= 1/2.

    With Y = log2(d l / (eps delta)):
    - [A1_width], [A1_depth]: the numbers of [A1_theorem] have N <= 32 d Y and L <= 4 l Y.
    - [A1_rates]: with p = ceil(log2(d l / (1.61 eps))) bits, which are enough for Q1
      ([FewBits_ok]), the theorem holds with N <= 31 d Y and L <= 3.66 l Y.
    - [A1_smallest]: the same for the smallest plan, which the program makes: the least p, the
      least e >= 2, and pools max m_i (K-1) + s and max m_i + r with the least s + 2r. (For p, eps
      is reduced by a 1024th, which the program keeps for outward rounding.) *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Expansion Probability Pool Network Quantize Norms Layers Explicit
  Logarithm.
From Pmone Require Import SignAgnosticPlan SignAgnosticEvent SignAgnosticMain.
Import ListNotations.
Open Scope R_scope.

(** ** some logarithms *)
Lemma lg_24 : lg 24 <= 4585/1000.
Proof.
  replace 24 with (IZR 24 / IZR 1) by lra.
  replace (4585/1000) with (INR 917 / INR 200) by (rewrite !INR_IZR_INZ; cbn; lra).
  apply lg_rat; [lia..|]. vm_compute. discriminate.
Qed.
Lemma lg_7 : lg 7 <= 281/100.
Proof.
  replace 7 with (IZR 7 / IZR 1) by lra.
  replace (281/100) with (INR 281 / INR 100) by (rewrite !INR_IZR_INZ; cbn; lra).
  apply lg_rat; [lia..|]. vm_compute. discriminate.
Qed.
Lemma lg_632 : lg (6 + 32/100) <= 2665/1000.
Proof.
  replace (6 + 32/100) with (IZR 158 / IZR 25) by lra.
  replace (2665/1000) with (INR 533 / INR 200) by (rewrite !INR_IZR_INZ; cbn; lra).
  apply lg_rat; [lia..|]. vm_compute. discriminate.
Qed.
Lemma lg_161 : lg (2 / (161/100)) <= 32/100.
Proof.
  replace (2 / (161/100)) with (IZR 200 / IZR 161) by lra.
  replace (32/100) with (INR 8 / INR 25) by (rewrite !INR_IZR_INZ; cbn; lra).
  apply lg_rat; [lia..|]. vm_compute. discriminate.
Qed.
Lemma lg_8 : lg 8 = 3.
Proof. replace 8 with (2 ^ 3) by (cbn; lra). rewrite lg_pow, lg_2 by lra. cbn. lra. Qed.

(** ** the bounds, for any p <= log2(d l / eps) + c *)
Section Rates.
Variables (d l p : nat) (eps delta c k : R).
Hypothesis Hd : (1 <= d)%nat.
Hypothesis Hl : (1 <= l)%nat.
Hypothesis Heps : 0 < eps <= 1/2.
Hypothesis Hdelta : 0 < delta <= 1/2.
Hypothesis Hc : 0 <= c.
Hypothesis Hk : lg (6 + c) <= k.
Local Notation DL := (INR d * INR l).
Local Notation X := (lg (DL / eps)).
Local Notation Y := (lg (DL / (eps * delta))).
Local Notation K := (DigitsOf d l p delta).
Hypothesis Hp : INR p <= X + c.

Lemma DL1 : 1 <= DL. Proof. apply DL_pos; auto. Qed.
Lemma lg_facts : 0 <= lg DL /\ lg (INR l) <= lg DL /\ X = lg DL + lg (/ eps) /\
  Y = X + lg (/ delta) /\
  1 <= lg (/ eps) /\ 1 <= lg (/ delta).
Proof.
  pose proof DL1 as D1. pose proof (INR1 d Hd). pose proof (INR1 l Hl).
  destruct (over_small eps DL Heps D1) as [E1 E2].
  destruct (over_small delta (DL / eps) Hdelta E1) as [E3 E4].
  repeat split; auto using lg_small, lg_nonneg.
  - apply lg_le; nra.
  - rewrite <- E4. f_equal. field. lra.
Qed.

Lemma Extra_rate : INR (Extra d l delta) <= X + Y + 2.
Proof.
  destruct lg_facts as (F1 & F2 & F3 & F4 & F5 & F6). pose proof DL1 as D1.
  assert (P : 1 <= DL ^ 2) by (cbn; nra).
  destruct (over_small delta (8 * DL ^ 2) Hdelta ltac:(lra)) as [Q1 Q2].
  eapply Rle_trans; [apply (clog_lg 2 1); try lra; rewrite lg_2; lra|].
  rewrite Q2, lg_mult, lg_pow, lg_8 by lra. cbn [INR]. lra.
Qed.
Lemma K_rate : INR K <= 3 * Y + c.
Proof.
  destruct lg_facts as (F1 & F2 & F3 & F4 & F5 & F6). pose proof Extra_rate. unfold DigitsOf.
  rewrite plus_INR. lra.
Qed.
Lemma K1 : 1 <= INR K.
Proof. apply INR1, K_ge1; auto. lra. Qed.
Lemma SlackC_rate : INR (SlackC l delta) <= Y + 3.
Proof.
  destruct lg_facts as (F1 & F2 & F3 & F4 & F5 & F6). pose proof (INR1 l Hl).
  destruct (over_small delta (8 * INR l) Hdelta ltac:(lra)) as [Q1 Q2].
  eapply Rle_trans; [apply (clog_lg 2 1); try lra; rewrite lg_2; lra|].
  rewrite Q2, lg_mult, lg_8 by lra. lra.
Qed.
Lemma SlackD_rate : INR (SlackDOf d l p delta) <= 241/100 * (2 * Y + 1585/1000 + k) + 1.
Proof.
  destruct lg_facts as (F1 & F2 & F3 & F4 & F5 & F6). pose proof (INR1 l Hl). pose proof K1 as K1.
  assert (LK : lg (INR K) <= k + (Y - 2)).
  { eapply Rle_trans; [apply lg_le; [lra|apply K_rate]|].
    eapply Rle_trans; [apply (lg_tangent (6 + c)); lra|].
    apply Rplus_le_compat; auto. apply Rmult_le_reg_r with (6 + c); [lra|].
    replace (2 * ((3 * Y + c - (6 + c)) / (6 + c)) * (6 + c)) with (6 * (Y - 2)) by (field; lra).
    nra. }
  assert (Z : 1 <= INR l * INR K) by nra.
  destruct (over_small delta (24 * INR l * INR K) Hdelta ltac:(lra)) as [Q1 Q2].
  eapply Rle_trans; [apply (clog_lg (4/3) (241/100)); try lra; apply lg_43|].
  pose proof lg_24. rewrite Q2, !lg_mult by lra. apply Rplus_le_compat_r.
  apply Rmult_le_compat_l; lra.
Qed.
Theorem width_rate : INR (WidthOf d l p delta)
  <= INR d * (7 * Y + 7 + 2 * c + 482/100 * (2 * Y + 1585/1000 + k)).
Proof.
  pose proof (INR1 d Hd) as D1. pose proof SlackC_rate as S1. pose proof SlackD_rate as S2.
  pose proof K_rate as S3.
  pose proof K1 as K1. pose proof (pos_INR (SlackC l delta)) as P1.
  pose proof (pos_INR (SlackDOf d l p delta)) as P2.
  assert (K0 : (1 <= K)%nat) by (apply INR_le; cbn; lra).
  unfold WidthOf. rewrite !plus_INR, !mult_INR, plus_INR, mult_INR, minus_INR by auto. cbn [INR].
  assert (A1 : INR (SlackC l delta) <= INR d * (Y + 3)) by nra.
  assert (A2 : INR (SlackDOf d l p delta) <= INR d * (241/100 * (2 * Y + 1585/1000 + k) + 1))
    by nra.
  assert (A3 : INR d * INR K <= INR d * (3 * Y + c)) by nra. nra.
Qed.
Lemma depth_rate q : 3 <= q -> 1 + c <= 2 * (q - 3) -> INR (1 + l * K) <= q * INR l * Y.
Proof.
  intros Hq Hq2. destruct lg_facts as (F1 & F2 & F3 & F4 & F5 & F6). pose proof (INR1 l Hl) as L1.
  pose proof K_rate as S3.
  rewrite plus_INR, mult_INR. cbn [INR].
  assert (A1 : INR l * INR K <= INR l * (3 * Y + c)) by nra.
  assert (A2 : (1 + c) <= (q - 3) * Y) by nra.
  assert (A3 : INR l * (1 + c) <= INR l * ((q - 3) * Y)) by nra. nra.
Qed.
Lemma Y2 : 2 <= Y.
Proof. destruct lg_facts as (F1 & F2 & F3 & F4 & F5 & F6). lra. Qed.
End Rates.

(** ** the numbers of A1_theorem *)
Lemma Bits_rate d l eps : (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 ->
  INR (Bits d l eps) <= lg (INR d * INR l / eps) + 1.
Proof.
  intros Hd Hl He. pose proof (DL_pos d l Hd Hl) as D1.
  destruct (over_small eps (INR d * INR l) He D1) as [Q1 Q2].
  eapply Rle_trans; [apply (clog_lg 2 1); try lra; rewrite lg_2; lra|]. lra.
Qed.
Theorem A1_width d l eps delta : (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 ->
  0 < delta <= 1/2 ->
  INR (AgnosticWidth d l eps delta) <= 32 * INR d * lg (INR d * INR l / (eps * delta)).
Proof.
  intros Hd Hl He Hdl. pose proof (Y2 d l eps delta Hd Hl He Hdl) as Y2. pose proof (INR1 d Hd).
  assert (H7 : lg (6 + 1) <= 281/100) by (replace (6 + 1) with 7 by lra; apply lg_7).
  eapply Rle_trans.
  - apply (width_rate d l (Bits d l eps) eps delta 1 (281/100)); auto; try lra.
    apply Bits_rate; auto.
  - rewrite (Rmult_comm 32), Rmult_assoc. apply Rmult_le_compat_l; lra.
Qed.
Theorem A1_depth d l eps delta : (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 ->
  0 < delta <= 1/2 ->
  INR (AgnosticDepth d l eps delta) <= 4 * INR l * lg (INR d * INR l / (eps * delta)).
Proof.
  intros Hd Hl He Hdl.
  apply (depth_rate d l (Bits d l eps) eps delta 1); auto; try lra. apply Bits_rate; auto.
Qed.

(** ** fewer bits *)
Definition FewBits (d l : nat) (eps : R) : nat := clog 2 (INR d * INR l / (161/100 * eps)).
Lemma FewBits_ok d l eps : (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 ->
  (1 + eta_of d (FewBits d l eps)) ^ l <= 1 + eps * (1 - /1024).
Proof.
  intros Hd Hl He. pose proof (DL_pos d l Hd Hl) as D1. pose proof (INR1 d Hd).
  pose proof (INR1 l Hl).
  pose proof (pow_clog 2 (INR d * INR l / (161/100 * eps)) ltac:(lra)) as B.
  fold (FewBits d l eps) in B.
  assert (PB : 0 < 2 ^ FewBits d l eps) by (apply pow_lt; lra).
  set (z := INR l * eta_of d (FewBits d l eps)).
  assert (Hz : z <= 805/1000 * eps).
  { unfold z, eta_of. cbn [pow]. apply (Rmult_le_compat_r (161/100 * eps)) in B; [|lra].
    unfold Rdiv in B at 1. rewrite Rmult_assoc, Rinv_l, Rmult_1_r in B by lra.
    apply Rmult_le_reg_r with (2 * 2 ^ FewBits d l eps); [lra|].
    replace (INR l * (INR d / (2 * 2 ^ FewBits d l eps)) * (2 * 2 ^ FewBits d l eps))
      with (INR d * INR l) by (field; lra).
    lra. }
  assert (E0 : 0 <= eta_of d (FewBits d l eps)).
  { unfold eta_of, Rdiv. apply Rmult_le_pos; [lra|]. left. apply Rinv_0_lt_compat, pow_lt. lra. }
  assert (Z0 : 0 <= z) by (apply Rmult_le_pos; lra).
  eapply Rle_trans; [apply power_upper; auto; fold z; lra|]. fold z. cbn [pow].
  assert (Z2 : z * z <= 65/100 * (eps * eps)) by nra.
  assert (Z3 : z * (z * z) <= 53/100 * (eps * (eps * eps))).
  { apply Rle_trans with ((805/1000 * eps) * (65/100 * (eps * eps)));
      [apply Rmult_le_compat; nra|nra]. }
  assert (E2 : eps * eps <= 1/2 * eps) by nra. assert (E3 : eps * (eps * eps) <= 1/4 * eps) by nra.
  lra.
Qed.
Lemma FewBits_rate d l eps : (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 ->
  INR (FewBits d l eps) <= lg (INR d * INR l / eps) + 32/100.
Proof.
  intros Hd Hl He. pose proof (DL_pos d l Hd Hl) as D1. pose proof (inv_half eps He) as E2.
  assert (D2 : 1 <= INR d * INR l * (/ 2 * / eps)) by nra.
  unfold FewBits. replace (INR d * INR l / (161/100 * eps))
    with ((2 / (161/100)) * (INR d * INR l * (/ 2 * / eps))) by (field; lra).
  assert (E0 : lg (INR d * INR l / eps) = 1 + lg (INR d * INR l * (/ 2 * / eps))).
  { rewrite <- lg_2, <- lg_mult by lra. f_equal. field. lra. }
  eapply Rle_trans; [apply (clog_lg 2 1); try lra; rewrite lg_2; lra|].
  pose proof lg_161. rewrite lg_mult by lra. lra.
Qed.

(** A1's rates *)
Theorem A1_rates : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 -> 0 < delta <= 1/2 ->
  let p := FewBits d l eps in
  let N := WidthOf d l p delta in
  let L := (1 + l * DigitsOf d l p delta)%nat in
  let P := (p * l)%nat in
  (forall dims : nat -> nat, (forall i, (i <= l)%nat -> (dims i <= d)%nat) -> forall nm : Norm,
    at_least (1 - delta) (coords_of (shape (dims 0%nat) N L (dims l)) L)
      (contains nm dims l N L P eps)) /\
  INR N <= 31 * INR d * lg (INR d * INR l / (eps * delta)) /\
  INR L <= 366/100 * INR l * lg (INR d * INR l / (eps * delta)).
Proof.
  intros d l eps delta Hd Hl He Hdl p N L P. pose proof (FewBits_rate d l eps Hd Hl He) as Hp.
  fold p in Hp.
  repeat split.
  - intros dims Hdims nm. apply (explicit_plan d l p delta Hd Hl ltac:(lra) dims Hdims nm eps).
    pose proof (FewBits_ok d l eps Hd Hl He). fold p in H. lra.
  - pose proof (Y2 d l eps delta Hd Hl He Hdl) as Y2. pose proof (INR1 d Hd).
    eapply Rle_trans.
    + apply (width_rate d l p eps delta (32/100) (2665/1000)); auto; try lra. apply lg_632.
    + rewrite (Rmult_comm 31), Rmult_assoc. apply Rmult_le_compat_l; lra.
  - apply (depth_rate d l p eps delta (32/100)); auto; lra.
Qed.

(** ** the smallest plan *)
(** the most inputs of a section, and the plan with these slacks *)
Definition most (dims : nat -> nat) (l : nat) : nat :=
  list_max (map (fun i => (if i =? 0 then 2 * dims 0 else dims i)%nat) (seq 0 l)).
Definition plan_with (dims : nat -> nat) (l p e s r : nat) : plan :=
  Plan dims l p e (most dims l * (p + e - 1) + s) (most dims l + r).
(** no smaller p or e would do, and no smaller s + 2r *)
Record smallest (dims : nat -> nat) (d l : nat) (eps delta : R) (p e s r : nat) : Prop := {
  s_bits : (1 + eta_of d p) ^ l <= 1 + eps;
  s_least_bits : forall q, (1 + eta_of d q) ^ l <= 1 + eps -> (p <= q)%nat;
  s_two : (2 <= e)%nat;
  s_digits : digit_sum (plan_with dims l p e s r) <= delta / 2;
  s_least_digits : forall f, (2 <= f)%nat -> digit_sum (plan_with dims l p f s r) <= delta / 2 ->
    (e <= f)%nat;
  s_pools : match_sum (plan_with dims l p e s r) <= delta / 2;
  s_least_pools : forall s' r', match_sum (plan_with dims l p e s' r') <= delta / 2 ->
    (s + 2 * r <= s' + 2 * r')%nat }.

Lemma most_ge dims l i p e s r : (i < l)%nat ->
  (ins (plan_with dims l p e s r) i <= most dims l)%nat.
Proof.
  intros Hi. unfold most. set (f := fun i => (if i =? 0 then 2 * dims 0 else dims i)%nat).
  pose proof (proj1 (list_max_le (map f (seq 0 l)) _) (le_n _)) as F. rewrite Forall_forall in F.
  apply (F (f i)). apply in_map, in_seq. lia.
Qed.
Lemma most_le dims l d : (forall i, (i <= l)%nat -> (dims i <= d)%nat) ->
  (most dims l <= 2 * d)%nat.
Proof.
  intros H. unfold most. apply list_max_le, Forall_forall. intros x Hx.
  apply in_map_iff in Hx as [i [<- Hi]].
  apply in_seq in Hi. destruct (Nat.eqb_spec i 0).
  - pose proof (H 0%nat ltac:(lia)). lia.
  - pose proof (H i ltac:(lia)). lia.
Qed.

Theorem A1_smallest : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 -> 0 < delta <= 1/2 ->
  forall dims : nat -> nat, (1 <= dims 0%nat)%nat ->
    (forall i, (i <= l)%nat -> (dims i <= d)%nat) ->
  forall p e s r : nat, smallest dims d l (eps * (1 - /1024)) delta p e s r ->
  let N := width (plan_with dims l p e s r) in
  let L := (1 + l * (p + e))%nat in
  let P := (p * l)%nat in
  (forall nm : Norm,
    at_least (1 - delta) (coords_of (shape (dims 0%nat) N L (dims l)) L)
      (contains nm dims l N L P eps)) /\
  INR N <= 31 * INR d * lg (INR d * INR l / (eps * delta)) /\
  INR L <= 366/100 * INR l * lg (INR d * INR l / (eps * delta)).
Proof.
  intros d l eps delta Hd Hl He Hdl dims H0 Hdims p e s r M N L P.
  destruct (A1_rates d l eps delta Hd Hl He Hdl) as (_ & RN & RL).
  set (p0 := FewBits d l eps) in *. set (K0 := DigitsOf d l p0 delta) in *.
  assert (Hp : (p <= p0)%nat) by (apply (s_least_bits _ _ _ _ _ _ _ _ _ M), FewBits_ok; auto).
  pose proof (s_two _ _ _ _ _ _ _ _ _ M) as E2.
  assert (He0 : (e <= Extra d l delta)%nat).
  { assert (X2 : (2 <= Extra d l delta)%nat).
    { destruct (Extra d l delta) as [|[|n]] eqn:E0; [| |lia]; exfalso;
        pose proof (pow_clog 2 (8 * (INR d * INR l) ^ 2 / delta) ltac:(lra)) as B;
          fold (Extra d l delta) in B;
        rewrite E0 in B; pose proof (DL_pos d l Hd Hl) as D1;
          assert (D2 : 1 <= (INR d * INR l) ^ 2) by (cbn; nra);
        destruct (over_small delta (8 * (INR d * INR l) ^ 2) Hdl ltac:(lra)) as [Q _];
        pose proof (inv_half delta Hdl); unfold Rdiv in B; cbn [pow] in *; nra. }
    apply (s_least_digits _ _ _ _ _ _ _ _ _ M); auto.
    apply (digit_ok d l p delta Hd Hl ltac:(lra) dims Hdims). }
  assert (KK : (1 <= p + e <= K0)%nat) by (unfold K0, DigitsOf; lia).
  assert (M1 : (1 <= most dims l)%nat).
  { pose proof (most_ge dims l 0 p e s r ltac:(lia)) as G. unfold ins in G.
    cbn [Nat.eqb p_dims plan_with] in G. lia. }
  assert (Hsr : (s + 2 * r <= SlackC l delta + 2 * SlackDFor l K0 delta)%nat).
  { apply (s_least_pools _ _ _ _ _ _ _ _ _ M).
    apply (slacks_ok l delta K0 (most dims l)); auto; try lra; try lia.
    intros i Hi. apply most_ge; auto. }
  pose proof (most_le dims l d Hdims) as M2.
  repeat split.
  - intros nm. apply (A1_plan nm (plan_with dims l p e s r) d eps delta); auto.
    + split; [cbn; lia|]. intros i Hi. pose proof (most_ge dims l i p e s r Hi) as G.
      cbn [p_C p_D plan_with p_l] in *. change (digits (plan_with dims l p e s r)) with (p + e)%nat.
      split; [|lia]. pose proof (Nat.mul_le_mono_r _ _ (p + e - 1) G). lia.
    + cbn [p_p p_l plan_with]. pose proof (s_bits _ _ _ _ _ _ _ _ _ M). lra.
    + pose proof (s_digits _ _ _ _ _ _ _ _ _ M). pose proof (s_pools _ _ _ _ _ _ _ _ _ M). lra.
  - eapply Rle_trans; [|apply RN]. apply le_INR. unfold N, width, WidthOf, SlackDOf.
    cbn [p_C p_D plan_with].
    fold p0. change (DigitsOf d l p0 delta) with K0.
    assert (A1 : (most dims l * (p + e - 1) <= 2 * d * (K0 - 1))%nat)
      by (apply Nat.mul_le_mono; lia). lia.
  - eapply Rle_trans; [|apply RL]. apply le_INR. unfold L.
    assert (A1 : (l * (p + e) <= l * K0)%nat) by (apply Nat.mul_le_mono_l; lia). lia.
Qed.

(** there is a smallest plan *)
Theorem smallest_exists d l eps delta dims : (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 ->
  0 < delta <= 1/2 ->
  (1 <= dims 0%nat)%nat -> (forall i, (i <= l)%nat -> (dims i <= d)%nat) ->
  exists p e s r, smallest dims d l (eps * (1 - /1024)) delta p e s r.
Proof.
  intros Hd Hl He Hdl H0 Hdims.
  destruct (least_nat (fun p => (1 + eta_of d p) ^ l <= 1 + eps * (1 - /1024))
    (fun p => Rle_or _ _) 0 (FewBits d l eps))
    as (p & _ & P1 & P2); [lia|apply FewBits_ok; auto|].
  destruct (least_nat (fun e => digit_sum (plan_with dims l p e 0 0) <= delta / 2)
    (fun e => Rle_or _ _) 2 (2 + Extra d l delta))
    as (e & E1 & E2 & E3); [lia| |].
  { eapply Rle_trans; [|apply (digit_ok d l p delta Hd Hl ltac:(lra) dims Hdims)].
    change (digit_sum (plan_with dims l p (2 + Extra d l delta) 0 0)) with
      ((rsum (fun i => INR (2 * (outs (PlanOf d l p delta dims) i
        * ins (PlanOf d l p delta dims) i))) (seq 0 (l - 1)) +
        INR (outs (PlanOf d l p delta dims) (l - 1) * ins (PlanOf d l p delta dims) (l - 1)))
          * (2 * (1/2) ^ (2 + Extra d l delta))).
    apply Rmult_le_compat_l; [|pose proof (pow_anti (1/2) (Extra d l delta) (2 + Extra d l delta)
      ltac:(lra) ltac:(lia)); cbn [p_e PlanOf]; lra].
    apply Rplus_le_le_0_compat; [apply rsum_nonneg; intros|]; apply pos_INR. }
  set (fits := fun s r => match_sum (plan_with dims l p e s r) <= delta / 2).
  set (K0 := (p + e)%nat).
  assert (F : fits (SlackC l delta) (SlackDFor l K0 delta)).
  { pose proof (most_ge dims l 0 p e 0 0 ltac:(lia)) as G. unfold ins in G.
    cbn [Nat.eqb p_dims plan_with] in G.
    apply (slacks_ok l delta K0 (most dims l)); auto; try lra; unfold K0; try lia.
    - split; [|apply le_n]. change (1 <= p + e)%nat. lia.
    - intros i Hi. apply most_ge; auto. }
  assert (Fdec : forall c, (exists s r, (s + 2 * r = c)%nat /\ fits s r) \/
    ~ (exists s r, (s + 2 * r = c)%nat /\ fits s r)).
  { intros c.
    assert (B : forall n, (exists r, (r < n)%nat /\ (2 * r <= c)%nat /\ fits (c - 2 * r)%nat r) \/
       (forall r, (r < n)%nat -> (2 * r <= c)%nat -> ~ fits (c - 2 * r)%nat r)).
    { induction n as [|n IHn]; [right; intros; lia|].
      destruct IHn as [(r & Hr & X)|N]; [left; exists r; split; auto; lia|].
      destruct (le_dec (2 * n) c)
        as [Lc|Lc], (Rle_or (match_sum (plan_with dims l p e (c - 2 * n) n)) (delta / 2)) as [Y|Y].
      - left. exists n. auto.
      - right. intros r Hr Hc. destruct (Nat.eq_dec r n) as [->|]; auto. apply N; lia.
      - right. intros r Hr Hc. destruct (Nat.eq_dec r n) as [->|]; [lia|]. apply N; lia.
      - right. intros r Hr Hc. destruct (Nat.eq_dec r n) as [->|]; [lia|]. apply N; lia. }
    destruct (B (S c)) as [(r & _ & Hr & X)|N].
    - left. exists (c - 2 * r)%nat, r. split; auto. lia.
    - right. intros (s & r & Hc & X). apply (N r); try lia. replace (c - 2 * r)%nat with s by lia.
      auto. }
  destruct (least_nat _ Fdec 0 (SlackC l delta + 2 * SlackDFor l K0 delta))
    as (c & _ & (s & r & C1 & C2) & C3); [lia| |].
  { exists (SlackC l delta), (SlackDFor l K0 delta). auto. }
  exists p, e, s, r. split; auto.
  - intros q Hq. apply Nat.nlt_ge. intros Lq. apply (P2 q); [lia|auto].
  - intros f F2 F3. apply Nat.nlt_ge. intros Lf. apply (E3 f); [lia|auto].
  - intros s' r' F'. apply Nat.nlt_ge. intros Lc. apply (C3 (s' + 2 * r')%nat); [lia|].
    exists s', r'. auto.
Qed.
